import { afterAll, expect, test } from '@jest/globals';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaConnection } from '@millrace/kafka';
import { describeWithServices, uniqueName } from '@millrace/testing';
import { millraceOk, startMillrace } from '../../../test/support/cli.js';
import { readLines } from '../../../test/support/dumps.js';
import { createTables, optionsOf, temporaryFolder, withSession } from '../../../test/support/world.js';

const JOB = join(process.cwd(), 'examples', 'course-activity-windows');
const HOUR_MS = 3_600_000;
const GAP_MS = HOUR_MS / 2;
/** How long a run may work before its results are looked at. Where they are not complete yet, it is run again, longer. */
const WORK_MS = 4_000;
/** Nothing of the sample is later than this: results do not depend on what was read first. */
const IN_TIME = ['--set', 'window.out-of-orderness=14400', '--set', 'window.idleness=3600'];

interface Event {
  readonly userid: string;
  readonly courseid: string;
  readonly contentid: string;
  readonly ets: number;
}

/** What a world has in its tables. `events` may be more than there were: a repartition topic is at least once. */
interface Results {
  readonly sessions: readonly string[];
  readonly activity: readonly string[];
  readonly events: number;
  readonly failed: number;
}

/** Sessions and hours by sorting and counting. */
function naive(events: readonly Event[]): Results {
  const groups = new Map<string, Event[]>();
  for (const event of [...events].sort((a, b) => a.ets - b.ets)) {
    const key = JSON.stringify([event.userid, event.courseid]);
    groups.set(key, [...(groups.get(key) ?? []), event]);
  }
  const sessions = [...groups.values()].flatMap((group) => {
    const found: Event[][] = [];
    for (const event of group) {
      const last = found.at(-1);
      // Sessions that touch are one.
      if (last !== undefined && event.ets - last.at(-1)!.ets <= GAP_MS) last.push(event);
      else found.push([event]);
    }
    return found.map((own) => sessionText(own[0]!, own[0]!.ets, own.at(-1)!.ets, own.length));
  });
  const hours = new Map<string, Set<string>>();
  for (const { userid, courseid, ets } of events) {
    const key = `${courseid} ${new Date(Math.floor(ets / HOUR_MS) * HOUR_MS).toISOString()}`;
    hours.set(key, (hours.get(key) ?? new Set()).add(userid));
  }
  const activity = [...hours].map(([hour, learners]) => `${hour} ${String(learners.size)}`);
  return { sessions: sessions.sort(), activity: activity.sort(), events: events.length, failed: 1 };
}

const sessionText = (of: Pick<Event, 'userid' | 'courseid'>, from: number, to: number, events: number): string =>
  [of.userid, of.courseid, new Date(from).toISOString(), new Date(to).toISOString(), events].join(' ');

describeWithServices(['kafka', 'cassandra', 'redis'], 'course activity on the real services', (services) => {
  const folder = temporaryFolder();
  const name = uniqueName('activity')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '_');
  afterAll(async () => {
    // A slow server may answer too late: what is left has a name of its own.
    await withSession(services, (session) => session.execute(`DROP KEYSPACE IF EXISTS ${name}`)).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  /** Topics are named after it. */
  let env = '';
  const worlds = {
    embedded: () => ['--embedded', join(folder, 'store')],
    services: () =>
      optionsOf({
        'kafka.broker-servers': services.kafka.addresses.join(','),
        'lms-cassandra.host': services.cassandra.host,
        'lms-cassandra.port': String(services.cassandra.port),
        'lms-cassandra.keyspace': name,
        'redis.host': services.redis.host,
        'redis.port': String(services.redis.port),
        'redis.database.state.id': '12',
        env,
      }),
  };

  /** An event of every partition, long after the sample: it ends what the sample has begun, and is in no window that ends. */
  function writeClosing(): string {
    const dataset = join(folder, 'closing');
    const ets = Date.UTC(2026, 3, 1);
    const lines = Array.from({ length: 40 }, (_, index) => {
      const userid = `closing-${String(index)}`;
      return { key: userid, value: JSON.stringify({ userid, courseid: 'closing', contentid: 'closing', ets }) };
    });
    mkdirSync(dataset);
    writeFileSync(join(dataset, 'events.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return dataset;
  }

  /** A load is at least once: where a slow broker got something twice, other topics are loaded. */
  async function loadOnce(dataset: string, records: number): Promise<void> {
    const kafka = new KafkaConnection({ brokers: [...services.kafka.addresses] });
    let loaded = 0;
    do {
      env = uniqueName('activity').toLowerCase().replaceAll('_', '-');
      await millraceOk(['load', JOB, '--dataset', dataset, ...worlds.services()]);
      loaded = 0;
      for await (const _ of kafka.readTopic(`${env}.course.consumption`)) loaded += 1;
    } while (loaded !== records);
    await kafka.close();
  }

  async function workFor(ms: number, options: readonly string[]): Promise<void> {
    const { child, ended } = startMillrace(['run', JOB, ...options, ...IN_TIME]);
    let said = '';
    child.stderr?.on('data', (text: string) => (said += text));
    let isOver = false;
    ended.finally(() => (isOver = true)).catch(() => undefined);
    while (!said.includes('RUNNING') && !isOver) await sleep(50);
    await Promise.race([sleep(ms), ended]);
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([0, stderr]);
  }

  async function dump(world: keyof typeof worlds): Promise<Results> {
    const out = join(folder, `${world}-out`);
    await millraceOk(['dump', JOB, '--out', out, ...worlds[world]()]);
    const prefix = world === 'embedded' ? 'dev' : env;
    const sessions = readLines<Record<string, string>>(out, 'learner_sessions');
    const activity = readLines<{ courseid: string; window_start: string; events: number; learners: number }>(
      out,
      'course_activity',
    );
    expect(readLines(out, `${prefix}.course.consumption.late`)).toEqual([]);
    return {
      sessions: sessions
        .map(({ userid, courseid, started, ended, events }) =>
          sessionText(
            { userid: userid!, courseid: courseid! },
            Date.parse(started!),
            Date.parse(ended!),
            Number(events),
          ),
        )
        .sort(),
      activity: activity.map((row) => `${row.courseid} ${row.window_start} ${String(row.learners)}`).sort(),
      events: activity.reduce((sum, row) => sum + row.events, 0),
      failed: readLines(out, `${prefix}.course.consumption.failed`).length,
    };
  }

  test('the same run gives what the embedded stores give, and what a naive model says', async () => {
    const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
    await withSession(services, (session) =>
      session.execute(`CREATE KEYSPACE ${name} WITH replication = ${replication}`),
    );
    await createTables(services, name, join(JOB, 'tables.cql'));
    const dataset = join(folder, 'data');
    await millraceOk(['sample', JOB, '--out', dataset, '--users', '60']);
    const events = readLines<{ value: string }>(dataset, 'events')
      .map(({ value }) => JSON.parse(value) as Partial<Event>)
      .filter((event): event is Event => event.ets !== undefined);
    const expected = naive(events);
    expect([expected.sessions.length > 60, expected.activity.length > 20]).toEqual([true, true]);
    const closing = writeClosing();
    for (const world of ['embedded', 'services'] as const) {
      if (world === 'embedded') await millraceOk(['load', JOB, '--dataset', dataset, ...worlds.embedded()]);
      else await loadOnce(dataset, events.length + 1);
      let found: Results;
      let workMs = WORK_MS;
      do {
        await millraceOk(['load', JOB, '--dataset', closing, ...worlds[world]()]);
        await workFor(workMs, worlds[world]());
        found = await dump(world);
        // On a machine so loaded that a run has not come to anything in this time, the same again would not either.
        workMs *= 2;
      } while (found.sessions.length < expected.sessions.length || found.activity.length < expected.activity.length);
      expect(found).toEqual({ ...expected, events: found.events });
      expect(found.events).toBeGreaterThanOrEqual(expected.events);
    }
  }, 300_000);
});
