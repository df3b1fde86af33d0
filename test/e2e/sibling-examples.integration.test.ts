import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithServices } from '@millrace/testing';
import { millraceOk, summaryOf } from '../support/cli.js';
import { canonical, failedOf, readLines, valuesOf, withoutColumns } from '../support/dumps.js';
import type { OutputRecord } from '../support/dumps.js';
import {
  createTables,
  embeddedWorld,
  optionsOf,
  REDIS_DATABASE,
  servicesWorld,
  temporaryFolder,
} from '../support/world.js';
import type { World } from '../support/world.js';

const exampleOf = (name: string): string => join(process.cwd(), 'examples', name);

type Row = Readonly<Record<string, unknown>>;

/** What a job made of a data set in one world, and then of the same events once more. */
interface Run {
  readonly summary: Readonly<Record<string, number>>;
  readonly again: Readonly<Record<string, number>>;
  /** Folder of the dump behind the first run; the second has `-again` behind its name. */
  readonly out: string;
}

async function runTwice(job: string, world: World, folder: string, options: readonly string[] = []): Promise<Run> {
  const out = join(folder, `${world.name}-out`);
  const once = async (dataset: string, to: string): Promise<Readonly<Record<string, number>>> => {
    await millraceOk(['load', job, '--dataset', dataset, ...world.options]);
    const run = ['run', job, '--until-drained', '--summary', 'json', ...world.options, ...options];
    const summary = summaryOf(await millraceOk(run));
    await millraceOk(['dump', job, '--out', to, ...world.options]);
    return summary;
  };
  const summary = await once(join(folder, 'data'), out);
  return { summary, again: await once(join(folder, 'events'), `${out}-again`), out };
}

/** Writes a sample to `data`, and its events alone to `events`. */
async function writeSample(job: string, folder: string, ...size: readonly string[]): Promise<void> {
  await millraceOk(['sample', job, '--out', join(folder, 'data'), ...size]);
  mkdirSync(join(folder, 'events'));
  copyFileSync(join(folder, 'data', 'requests.jsonl'), join(folder, 'events', 'requests.jsonl'));
}

/** Both at once. Whatever fails, the other has ended. */
async function inBoth(worlds: readonly World[], run: (world: World) => Promise<Run>): Promise<readonly [Run, Run]> {
  const [embedded, real] = await Promise.allSettled(worlds.map(run));
  if (embedded?.status !== 'fulfilled') throw embedded?.reason;
  if (real?.status !== 'fulfilled') throw real?.reason;
  return [embedded.value, real.value];
}

/** Events without what depends on which of them became one update: the time of the last one, and ids made of it. */
function timeless(records: readonly OutputRecord[]): readonly string[] {
  const texts = records.map(({ key, value }) => {
    const { ets: _ets, syncts: _syncts, mid: _mid, context, ...event } = JSON.parse(String(value)) as Row;
    const { sid: _sid, did: _did, ...rest } = context as Row;
    return canonical({ key, ...event, context: rest });
  });
  return [...new Set(texts)].sort();
}

describeWithServices(['kafka', 'cassandra', 'redis'], 'a sibling job on the real services', (services) => {
  describe('the activity aggregate updater', () => {
    const job = exampleOf('activity-aggregate-updater');
    const folder = temporaryFolder();
    const worlds: World[] = [];
    let embedded: Run;
    let real: Run;

    beforeAll(async () => {
      await writeSample(job, folder, '--users', '12', '--courses', '3');
      const state = { 'redis.database.state.id': String(REDIS_DATABASE) };
      worlds.push(embeddedWorld(), await servicesWorld(services, join(folder, 'data'), state));
      // A completed enrolment is computed again: its rows do not depend on which event completed it.
      const always = { 'activity.filter.processed.enrolments': 'false', 'relation.cache.missing.wait': '0' };
      const options = optionsOf({ ...always, 'threshold.batch.read.size': '1' });
      [embedded, real] = await inBoth(worlds, (world) => runTwice(job, world, folder, options));
    }, 300_000);

    afterAll(async () => {
      for (const world of worlds) await world.dispose();
      rmSync(folder, { recursive: true, force: true });
    }, 60_000);

    const tables = (out: string): Row => ({
      consumption: withoutColumns(readLines<Row>(out, 'consumption')),
      enrolments: withoutColumns(readLines<Row>(out, 'enrolments'), 'completedon', 'datetime'),
      aggregates: withoutColumns(readLines<Row>(out, 'aggregates'), 'agg_last_updated'),
    });
    const audits = (out: string, type: RegExp): OutputRecord[] =>
      readLines<OutputRecord>(out, 'audit').filter(({ value }) => {
        const { edata } = JSON.parse(String(value)) as { edata: { type: string } };
        return type.test(edata.type);
      });

    test('leaves the tables that it leaves in the embedded store', () => {
      expect(tables(real.out)).toEqual(tables(embedded.out));
      const rows = readLines<Row>(real.out, 'enrolments');
      expect(new Set(rows.map(({ status }) => status))).toEqual(new Set([0, 1, 2]));
    });

    test('tells of the same contents, byte by byte, and of the same enrolments', () => {
      const contents = (run: Run): readonly string[] => valuesOf(audits(run.out, /^(start|complete)$/));
      expect(contents(real)).toEqual(contents(embedded));
      expect(contents(real).length).toBeGreaterThan(50);
      const enrolments = (run: Run): readonly string[] => timeless(audits(run.out, /^enrol-complete$/));
      expect(enrolments(real)).toEqual(enrolments(embedded));
      const certificates = (run: Run): readonly string[] => timeless(readLines<OutputRecord>(run.out, 'certificates'));
      expect(certificates(real)).toEqual(certificates(embedded));
      expect(certificates(real)).toHaveLength(enrolments(real).length);
      expect(certificates(real).length).toBeGreaterThan(4);
    });

    test('fails the same events', () => {
      const failed = (run: Run): readonly string[] => failedOf({ failed: readLines<OutputRecord>(run.out, 'failed') });
      expect(failed(real)).toEqual(failed(embedded));
      expect(failed(real).length).toBeGreaterThan(2);
    });

    test('accounts for every event', () => {
      for (const { read = 0, processed = 0, skipped = 0, failed = 0, coalesced = 0 } of [
        ...[embedded.summary, real.summary],
        ...[embedded.again, real.again],
      ]) {
        expect(read).toBe(processed + skipped + failed + coalesced);
        expect(read).toBeGreaterThan(50);
      }
    });

    test('knows what it has seen in the process before: the same events once more change nothing', () => {
      for (const { again, out } of [embedded, real]) {
        expect([again['processed'], again['coalesced']]).toEqual([0, 0]);
        expect(again['skipped']).toBeGreaterThan(embedded.summary['skipped']!);
        expect(tables(`${out}-again`)).toEqual(tables(out));
      }
    });
  });

  describe('the assessment aggregator', () => {
    const job = exampleOf('assessment-aggregator');
    const folder = temporaryFolder();
    const worlds: World[] = [];
    let embedded: Run;
    let real: Run;

    beforeAll(async () => {
      await writeSample(job, folder, '--users', '25');
      writeProgress(folder);
      const place = await servicesWorld(services, join(folder, 'data'), { 'service.search.basePath': undefined });
      worlds.push(embeddedWorld(), place);
      await createTables(services, place.keyspace, join(job, 'tables.cql'));
      [embedded, real] = await inBoth(worlds, (world) => runTwice(job, world, folder));
    }, 300_000);

    afterAll(async () => {
      for (const world of worlds) await world.dispose();
      rmSync(folder, { recursive: true, force: true });
    }, 60_000);

    const tables = (out: string): Row => ({
      attempts: withoutColumns(readLines<Row>(out, 'attempts'), 'created_on', 'updated_on'),
      aggregates: withoutColumns(readLines<Row>(out, 'aggregates'), 'agg_last_updated'),
    });
    const certificates = (run: Run): readonly string[] => valuesOf(readLines<OutputRecord>(run.out, 'certificates'));

    test('leaves the tables that it leaves in the embedded store', () => {
      expect(tables(real.out)).toEqual(tables(embedded.out));
      expect(readLines<Row>(real.out, 'attempts').length).toBeGreaterThan(25);
    });

    test('leaves the count of the reconciliation job in the rows that both write', () => {
      for (const { out } of [embedded, real]) {
        const rows = readLines<{ user_id: string; aggregates: Row }>(out, 'aggregates');
        const kept = rows.filter(({ aggregates }) => aggregates['completedCount'] === 3);
        expect(kept.map(({ user_id: userId }) => userId)).toEqual(['learner-0']);
        expect(Object.keys(kept[0]!.aggregates).some((name) => name.startsWith('score:'))).toBe(true);
      }
    });

    test('asks for the same certificates, byte by byte', () => {
      // A slow broker may get an event of a load twice: read again behind a later attempt, it names that one.
      const isExact = real.summary['read'] === embedded.summary['read'];
      const expected = certificates(embedded);
      expect(certificates(real)).toEqual(isExact ? expected : expect.arrayContaining([...expected]));
      expect(expected.length).toBeGreaterThan(25);
    });

    test('fails the same events', () => {
      const failed = (run: Run): readonly string[] => failedOf({ failed: readLines<OutputRecord>(run.out, 'failed') });
      expect(failed(real)).toEqual(failed(embedded));
      expect(failed(real)).toHaveLength(2);
    });

    test('takes the same events once more without changing a row', () => {
      for (const { summary, again, out } of [embedded, real]) {
        expect(again['processed']! + again['skipped']! + again['failed']!).toBe(again['read']);
        expect(again['read']).toBeGreaterThanOrEqual(embedded.summary['read']!);
        expect(summary['processed']).toBeGreaterThan(25);
        expect(tables(`${out}-again`)).toEqual(tables(out));
      }
    });

    /** A row that the reconciliation job wrote before. */
    function writeProgress(place: string): void {
      const [first] = readLines<{ value: string }>(join(place, 'data'), 'requests');
      const { userId, courseId, batchId } = JSON.parse(first!.value) as Readonly<Record<string, string>>;
      const key = { activity_type: 'Course', activity_id: courseId, user_id: userId, context_id: `cb:${batchId!}` };
      const row = { ...key, aggregates: { completedCount: 3 }, agg_last_updated: { completedCount: 5 } };
      writeFileSync(join(place, 'data', 'aggregates.jsonl'), `${JSON.stringify(row)}\n`);
    }
  });
});
