// A keyed count with more state than belongs in memory, on LMDB: the memory of the process, and what a restart takes.
//   npm run bench -- state [--keys N] [--again N] [--interval MS] [--tasks N] [--cached N] [--json FILE]
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { measured } from './state/measure.mjs';

const job = fileURLToPath(new URL('state/job.mjs', import.meta.url));

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      keys: { type: 'string', default: '5000000' },
      again: { type: 'string', default: '500000' },
      interval: { type: 'string', default: '1000' },
      tasks: { type: 'string', default: '16' },
      cached: { type: 'string' }, // as the library does
      json: { type: 'string' },
    },
  });
  const [keys, again, intervalMs, tasks] = ['keys', 'again', 'interval', 'tasks'].map((name) => Number(values[name]));
  const cached = values.cached === undefined ? [] : [Number(values.cached)];
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const results = [];
    for (const [what, from, to] of [
      ['new keys', 0, keys],
      ['restart, then known keys', keys, keys + again],
    ]) {
      const run = await measured(job, [folder, keys, from, to, intervalMs, tasks, ...cached]);
      if (run.wrong > 0 || run.seen !== run.expected) {
        throw new Error(`${what}: ${run.seen} of ${run.expected} events, ${run.wrong} wrong counts`);
      }
      const result = {
        what,
        events: run.seen,
        secondsToFirstEvent: (run.first - run.startedAt) / 1000,
        perSecond: Math.round(run.seen / run.seconds),
        fileMegabytes: statSync(join(folder, 'data', 'data.mdb')).size / 2 ** 20,
        peakAnonymousMegabytes: run.peak.anonymousMegabytes,
        peakMappedMegabytes: run.peak.fileMegabytes,
      };
      results.push(result);
      process.stderr.write(`${JSON.stringify(result)}\n`);
    }
    print(results);
    if (values.json !== undefined) {
      const found = {
        benchmark: 'state',
        node: process.version,
        keys,
        intervalMs,
        tasks,
        cached: cached[0] ?? 'default',
        results,
      };
      writeFileSync(values.json, `${JSON.stringify(found, null, 2)}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(results) {
  const head = [
    'what',
    'events',
    'to the first event, s',
    'events/s',
    'file MB',
    'own memory, peak MB',
    'mapped file MB',
  ];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const each of results) {
    table.push([
      each.what,
      each.events,
      each.secondsToFirstEvent.toFixed(2),
      each.perSecond,
      Math.round(each.fileMegabytes),
      Math.round(each.peakAnonymousMegabytes),
      Math.round(each.peakMappedMegabytes),
    ]);
  }
  console.log(table.toString());
}
