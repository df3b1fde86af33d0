import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InMemoryMetrics, JobRunner, SetupError, silentLogger, systemClock } from '@millrace/core';
import type { JobContext, JobCounts } from '@millrace/runner';
import { loadConfig } from '@millrace/runner';
import type { ReconciliationVariables } from './config.js';
import { reconciliationJob } from './job.js';

const never = new AbortController().signal;

describe('the job on an embedded store', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-job-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const context = async (environment: Record<string, string> = {}): Promise<JobContext<ReconciliationVariables>> => ({
    config: await loadConfig(reconciliationJob.variables, { flags: [], file: undefined, cwd: '/', environment }),
    embedded: join(folder, 'world'),
    clock: systemClock,
    logger: silentLogger,
    metrics: new InMemoryMetrics(),
  });
  const sample = (size: { users: number; courses: number }): Promise<void> | undefined =>
    reconciliationJob.sample?.({ out: join(folder, 'sample'), seed: 3, progress: () => {}, ...size });
  const load = async (): Promise<unknown> =>
    reconciliationJob.dataset?.load(await context(), {
      dataset: join(folder, 'sample'),
      partitions: undefined,
      signal: never,
      progress: () => {},
    });
  const run = async (environment: Record<string, string> = {}): Promise<{ read: number; counts: JobCounts }> => {
    const surroundings = await context({ MILLRACE_RELATION_CACHE_MISSING_WAIT: '0', ...environment });
    const job = await reconciliationJob.create(surroundings);
    await job.connect(never);
    try {
      const { clock, logger, metrics } = surroundings;
      const result = await new JobRunner(job.graph, job.options, { clock, logger, metrics }).run({
        untilDrained: true,
      });
      return { read: result.read, counts: job.summary() };
    } finally {
      await job.close();
    }
  };
  const dump = async (name: string): Promise<Record<string, string[]>> => {
    const out = join(folder, name);
    await reconciliationJob.dataset?.dump(await context(), { out, signal: never, progress: () => {} });
    const files = ['enrolments', 'aggregates', 'certificates', 'audit', 'failed'];
    const texts = await Promise.all(files.map((file) => readFile(join(out, `${file}.jsonl`), 'utf8')));
    return Object.fromEntries(
      files.map((file, i) => [file, (texts[i] ?? '').split('\n').filter((line) => line !== '')]),
    );
  };

  test('is described without anything being there', async () => {
    for (const embedded of [join(folder, 'nowhere'), undefined]) {
      const job = await reconciliationJob.create({ ...(await context()), embedded });
      expect(job.graph.describe('text')).toContain(
        `Source: sync requests  (${embedded === undefined ? 'kafka' : 'embedded'}: dev.batch.enrolment.sync.request)`,
      );
      await job.close();
    }
  });

  test('says what is missing where nothing was loaded', async () => {
    await expect(run()).rejects.toThrow('world is not there: load a data set into it first');
    await sample({ users: 1, courses: 1 });
    await load();
    const other = run({ MILLRACE_ENV: 'other' });
    await expect(other).rejects.toThrow(SetupError);
    await expect(other).rejects.toThrow(
      /topics other\.batch\.enrolment\.sync\.request, other\.issue\.certificate\.request, other\.telemetry\.raw, other\.enrolment\.reconciliation\.failed missing in .*world/,
    );
  });

  test('a sample is settled: counts add up, outputs match them, a second run reads nothing and changes nothing', async () => {
    await sample({ users: 30, courses: 12 });
    await load();
    const { read, counts } = await run();
    expect(read).toBeGreaterThan(300);
    expect(counts.processed + counts.skipped + counts.failed + counts.coalesced).toBe(read);
    const first = await dump('first');
    expect(first['certificates']).toHaveLength(counts['certificates'] ?? -1);
    expect(first['audit']).toHaveLength(counts['audits'] ?? -1);
    expect(first['failed']).toHaveLength(counts.failed);
    expect(counts['completed']).toBeGreaterThan(50);
    const codes = first['failed']?.map(
      (line) => (JSON.parse(line) as { headers: Record<string, string> }).headers['millrace.error.code'],
    );
    expect([...new Set(codes)].sort()).toEqual(
      expect.arrayContaining(['ERR_COLLECTION_RETIRED', 'ERR_COLLECTION_UNKNOWN', 'ERR_LEAF_NODES_MISSING']),
    );
    expect((await run()).read).toBe(0);
    expect(await dump('second')).toEqual(first);
  });

  test('rows are what the formulas say, from the data set alone', async () => {
    await sample({ users: 20, courses: 9 });
    await load();
    await run({ MILLRACE_ACTIVITY_FILTER_PROCESSED_ENROLMENTS: 'false' });
    const { enrolments = [] } = await dump('out');
    const lines = async (file: string): Promise<Record<string, unknown>[]> =>
      (await readFile(join(folder, 'sample', file), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const sets = new Map((await lines('relations.jsonl')).map((line) => [line['key'], line['members'] as string[]]));
    const consumed = new Map<string, Map<string, number>>();
    for (const row of await lines('consumption.jsonl')) {
      const key = JSON.stringify([row['userid'], row['courseid'], row['batchid']]);
      const statuses = consumed.get(key) ?? new Map<string, number>();
      consumed.set(key, statuses.set(String(row['contentid']), (row['status'] as number | null) ?? 1));
    }
    const touched = enrolments.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(touched.length).toBeGreaterThan(80);
    for (const row of touched) {
      const statuses = consumed.get(JSON.stringify([row['userid'], row['courseid'], row['batchid']]));
      if (statuses === undefined) continue;
      const course = String(row['courseid']);
      const optional = new Set(sets.get(`${course}:${course}:optionalnodes`));
      const required = (sets.get(`${course}:${course}:leafnodes`) ?? []).filter((leaf) => !optional.has(leaf));
      const count = required.filter((leaf) => statuses.get(leaf) === 2).length;
      expect(row).toMatchObject({
        progress: count,
        contentstatus: Object.fromEntries(statuses),
        status: count >= required.length ? 2 : 1,
      });
    }
  });
});
