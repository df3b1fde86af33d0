// Rates of the embedded store on this machine.
//   npm run bench -- embedded-store [--records N] [--durability process|machine] [--json FILE]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EmbeddedStore } from '@millrace/embedded';
import Table from 'cli-table3';

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      records: { type: 'string', default: '100000' },
      durability: { type: 'string', default: 'process' },
      json: { type: 'string' },
    },
  });
  const count = Number(values.records);
  const { durability } = values;
  const results = [];
  const directory = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const store = await EmbeddedStore.open(directory, { durability });
  const rss = () => Math.round(process.memoryUsage().rss / 2 ** 20);
  let cpu = process.cpuUsage();
  // Processor time tells more than the clock where others use the machine.
  const report = (what, n, started) => {
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const rate = (over) => Math.round(n / over);
    results.push({ what, perSecond: rate(seconds), perCpuSecond: rate((user + system) / 1e6), megabytes: rss() });
    cpu = process.cpuUsage();
  };

  results.push({ what: 'start', megabytes: rss() });
  await store.log.createTopic('requests', 4);
  const value = Buffer.from(JSON.stringify({ eid: 'BE_JOB_REQUEST', pad: 'x'.repeat(500) }));

  let started = performance.now();
  for (let i = 0; i < count; i += 1000) {
    await store.log.append(
      'requests',
      Array.from({ length: 1000 }, (_, j) => ({ key: `user-${(i + j) % 2000}`, value })),
    );
  }
  report('append, 1000 a call', count, started);

  started = performance.now();
  let waiting = [];
  for (let i = 0; i < count; i += 1) {
    waiting.push(store.log.append('requests', [{ key: `user-${i % 2000}`, value }]));
    if (waiting.length === 128) {
      await Promise.all(waiting);
      waiting = [];
    }
  }
  await Promise.all(waiting);
  report('append, one a call, 128 at once', count, started);

  started = performance.now();
  let read = 0;
  for (const record of store.log.readAll('requests')) read += record.value.length > 0 ? 1 : 0;
  report('read', read, started);

  const table = store.table('user_enrolments', {
    key: ['userid', 'courseid', 'batchid'],
    columns: {
      status: 'int',
      progress: 'int',
      contentstatus: 'map<text,int>',
      datetime: 'timestamp',
      completedon: 'timestamp',
    },
  });
  const key = (i) => [`0b1c2d3e-user-${i % 2000}`, `do_11305848${(i * 7) % 50}`, `batch-${(i * 7) % 50}`];
  const contents = new Map(Array.from({ length: 20 }, (_, i) => [`do_2130584800${i}`, 2]));
  started = performance.now();
  waiting = [];
  let time = BigInt(Date.now()) * 1000n;
  for (let i = 0; i < count; i += 1) {
    const row = table.get(key(i));
    time += 1n;
    waiting.push(
      table.write({
        key: key(i),
        timestamp: time,
        set: { status: (row?.get('status') ?? 0) % 2, progress: i, contentstatus: contents, datetime: i },
      }),
    );
    if (waiting.length === 128) {
      await Promise.all(waiting);
      waiting = [];
    }
  }
  await Promise.all(waiting);
  report('point read + write of a row, 128 at once', count, started);

  const consumption = store.table('user_content_consumption', {
    key: ['userid', 'courseid', 'batchid', 'contentid'],
    columns: { status: 'int' },
  });
  started = performance.now();
  for (let i = 0; i < count; i += 1000) {
    time += 1n;
    await consumption.write(
      Array.from({ length: 1000 }, (_, j) => {
        const row = i + j;
        const user = Math.floor(row / 25);
        return {
          key: [`0b1c2d3e-user-${user}`, `do_11305848${user % 50}`, 'batch-1', `do_213058480${row % 25}`],
          timestamp: time,
          kind: 'insert',
          set: { status: 2 },
        };
      }),
    );
  }
  report('load of rows, 1000 a call', count, started);

  started = performance.now();
  let rows = 0;
  for (let user = 0; user < count / 25; user += 1) {
    for (const row of consumption.scan({ prefix: [`0b1c2d3e-user-${user}`, `do_11305848${user % 50}`, 'batch-1'] }))
      rows += row.get('status') === 2 ? 1 : 0;
  }
  report('rows read by prefix, 25 a scan', rows, started);
  started = performance.now();
  await store.close();
  await rm(directory, { recursive: true });
  const printed = new Table({
    head: ['what', 'per second', 'per CPU second', 'RSS MB'],
    style: { head: [], border: [] },
  });
  for (const each of results) printed.push([each.what, each.perSecond ?? '', each.perCpuSecond ?? '', each.megabytes]);
  console.log(printed.toString());
  if (values.json !== undefined) {
    await writeFile(
      values.json,
      `${JSON.stringify({ benchmark: 'embedded-store', node: process.version, durability, results }, null, 2)}\n`,
    );
  }
}
