import { describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { ManualClock, restartAnywhere, TestTopics, TopologyTestDriver } from '@millrace/core/testing';
import type { StreamGraph } from '@millrace/core';
import { Tally } from '@millrace/reconciliation/parts';
import type { Attempt, ScoreAggregates } from './scores.js';
import type { Stores } from './stores.js';
import { buildTopology } from './topology.js';

/** An assessment as Sunbird's job gets it; where its shape comes from stands in the README. */
const fixture = JSON.parse(readFileSync(new URL('./fixtures/assessment.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
> & { readonly assessmentTs: number };
const COURSE = fixture['courseId'] as string;
const TEST = fixture['contentId'] as string;

/** Stores in memory, which may be told to fail. */
class MemoryStores implements Stores {
  readonly rows = new Map<string, Attempt>();
  readonly leafNodes = new Map<string, ReadonlySet<string>>();
  merged: ScoreAggregates | undefined;
  writes = 0;
  /** Thrown by the next merge. */
  fault: Error | undefined;

  readonly attempts: Stores['attempts'] = () => Promise.resolve([...this.rows.values()]);

  readonly writeAttempt: Stores['writeAttempt'] = ({ contentId, attemptId, time }, score, createdOn = time) => {
    this.writes += 1;
    this.rows.set(JSON.stringify([contentId, attemptId]), {
      ...{ contentId, attemptId, createdOn, lastAttemptedOn: time },
      score: score.totalScore,
      maxScore: score.totalMaxScore,
    });
    return Promise.resolve();
  };

  readonly mergeScores: Stores['mergeScores'] = (_key, scores) => {
    const { fault } = this;
    this.fault = undefined;
    if (fault !== undefined) return Promise.reject(fault);
    this.merged = scores;
    return Promise.resolve();
  };

  readonly relations: Stores['relations'] = {
    sets: (courseId, ids) =>
      Promise.resolve(
        ids.map(() => ({ leafNodes: this.leafNodes.get(courseId) ?? new Set<string>(), optionalNodes: new Set() })),
      ),
  };
}

class Outage extends Error {}

function graphOn(topics: TestTopics, stores: Stores, tally = new Tally()): StreamGraph {
  return buildTopology({
    source: topics.source('assess'),
    sinks: { certificates: topics.sink('certificates'), failed: topics.sink('failed') },
    stores,
    classify: (error) => (error instanceof Outage ? 'infrastructure' : 'event'),
    options: {
      ...{ jobName: 'assessment-aggregator', aggregateType: 'attempt_metrics' },
      ...{ failedMaxBytes: 900_000, maxInFlight: 16, retryTimeoutMs: 600_000 },
    },
    tally,
  });
}

async function start(stores = new MemoryStores()) {
  const topics = new TestTopics();
  const clock = new ManualClock();
  const tally = new Tally();
  const driver = await TopologyTestDriver.start(graphOn(topics, stores, tally), { topics, clock });
  const send = (over: Readonly<Record<string, unknown>> = {}) =>
    driver.pipe('assess', { key: 'learner', value: JSON.stringify({ ...fixture, ...over }) });
  const certificates = () =>
    driver
      .read('certificates')
      .map(({ value }) => JSON.parse(value ?? '') as { ets: number; mid: string; edata: object });
  const failures = () =>
    driver.read('failed').map(({ value }) => JSON.parse(value ?? '') as { failInfo: Record<string, unknown> });
  return { driver, stores, tally, send, certificates, failures };
}

/** One answered question. */
const answered = (score: number, maxscore = 2) => ({
  events: [{ ets: 5, edata: { score, item: { id: 'q', maxscore } } }],
});

describe('an assessment', () => {
  test('gives the score of the last answer to each question, and the aggregates of the course', async () => {
    const { stores, send, certificates, driver, tally } = await start();
    await send();
    expect([...stores.rows.values()]).toEqual([
      {
        contentId: TEST,
        attemptId: fixture['attemptId'],
        createdOn: fixture.assessmentTs,
        lastAttemptedOn: fixture.assessmentTs,
        score: 1.33,
        maxScore: 2,
      },
    ]);
    expect(stores.merged?.aggregates).toEqual(
      new Map([
        [`score:${TEST}`, 1.33],
        [`max_score:${TEST}`, 2],
        [`attempts_count:${TEST}`, 1],
      ]),
    );
    expect(stores.merged?.details.map((text) => JSON.parse(text) as object)).toEqual([
      {
        attempt_id: fixture['attemptId'],
        last_attempted_on: 'Sep 19, 2019, 11:15:29 AM',
        score: 1.33,
        content_id: TEST,
        max_score: 2,
        type: 'attempt_metrics',
      },
    ]);
    expect(certificates()).toMatchObject([
      {
        ets: fixture.assessmentTs,
        edata: { courseId: COURSE, action: 'issue-certificate', attemptId: fixture['attemptId'] },
      },
    ]);
    expect(tally.counts()).toMatchObject({ processed: 1, certificates: 1, failed: 0 });
    await driver.stop();
  });

  test('of several attempts the best one counts, with its own max score', async () => {
    const { stores, send, certificates, driver } = await start();
    await send({ attemptId: 'a', ...answered(3, 4) });
    await send({ attemptId: 'b', ...answered(2, 5), assessmentTs: fixture.assessmentTs + 1 });
    expect(stores.merged?.aggregates).toEqual(
      new Map([
        [`score:${TEST}`, 3],
        [`max_score:${TEST}`, 4],
        [`attempts_count:${TEST}`, 2],
      ]),
    );
    expect(certificates().map(({ edata }) => edata)).toMatchObject([{ attemptId: 'a' }, { attemptId: 'b' }]);
    await driver.stop();
  });

  test('a certificate request names no attempt where the learner has more than one test', async () => {
    const { send, certificates, driver } = await start();
    await send();
    await send({ contentId: 'another', attemptId: 'b' });
    expect(certificates()[1]).toMatchObject({ edata: { attemptId: '' } });
    await driver.stop();
  });

  test('of two states of an attempt the later one counts, in whatever order they come', async () => {
    const { stores, send, driver, tally } = await start();
    await send(answered(2));
    await send({ ...answered(1), assessmentTs: fixture.assessmentTs - 1 });
    expect(stores.merged?.aggregates.get(`score:${TEST}`)).toBe(2);
    await send({ ...answered(1), assessmentTs: fixture.assessmentTs + 1 });
    expect(stores.merged?.aggregates.get(`score:${TEST}`)).toBe(1);
    expect(stores.merged?.aggregates.get(`attempts_count:${TEST}`)).toBe(1);
    expect(tally.counts()).toMatchObject({ processed: 2, skipped: 1 });
    await driver.stop();
  });

  test('read again it changes nothing and asks for the same certificate, byte by byte', async () => {
    const { stores, send, driver } = await start();
    await send();
    await send();
    expect(stores.writes).toBe(1);
    const [first, second] = driver.read('certificates').map(({ value }) => value);
    expect(second).toBe(first);
    await driver.stop();
  });

  test('all of them read again from the beginning leave rows and aggregates as they are', async () => {
    const { stores, send, driver } = await start();
    const all = async (): Promise<void> => {
      await send({ attemptId: 'a', ...answered(1) });
      await send({ attemptId: 'b', ...answered(2) });
      await send({ attemptId: 'a', ...answered(0), assessmentTs: fixture.assessmentTs + 5 });
      await send({ attemptId: 'b', ...answered(1), assessmentTs: fixture.assessmentTs - 5 });
      await send({ contentId: 'another', attemptId: 'c', ...answered(1) });
    };
    await all();
    const [rows, merged] = [structuredClone(stores.rows), stores.merged];
    expect(merged?.aggregates.get(`score:${TEST}`)).toBe(2);
    await all();
    expect(stores.rows).toEqual(rows);
    expect(stores.merged).toEqual(merged);
    await driver.stop();
  });

  test('without answers has the aggregates computed again and a certificate asked for', async () => {
    const { stores, send, certificates, driver } = await start();
    await send({ events: [] });
    expect(stores.merged).toBeUndefined();
    await send();
    stores.merged = undefined;
    await send({ attemptId: 'other', events: [] });
    expect(stores.merged).toBeDefined();
    expect(stores.writes).toBe(1);
    expect(certificates()).toHaveLength(3);
    await driver.stop();
  });
});

test('a crash behind any assessment, with any checkpoint before it, changes neither rows nor outputs', async () => {
  const worlds = new Map<TestTopics, MemoryStores>();
  const worldOf = (topics: TestTopics): MemoryStores => {
    const world = worlds.get(topics) ?? new MemoryStores();
    worlds.set(topics, world);
    return world;
  };
  const at = (minutes: number, attemptId: string, score: number, over: object = {}) => {
    const assessmentTs = fixture.assessmentTs + minutes * 60_000;
    const value = JSON.stringify({ ...fixture, ...answered(score), attemptId, assessmentTs, ...over });
    return { topic: 'assess', key: 'learner', value };
  };
  const records = [
    at(0, 'a', 1),
    at(2, 'b', 2),
    at(1, 'b', 0),
    at(3, 'a', 0),
    at(4, 'x', 1, { userId: ' ' }),
    at(5, 'c', 2, { contentId: 'another' }),
    at(6, 'd', 0, { events: [] }),
  ];
  const { runs } = await restartAnywhere({
    topology: (topics) => graphOn(topics, worldOf(topics)),
    records,
    outputs: ['certificates', 'failed'],
    // Which attempt a request names is that of the moment; a repeated one may name a later one.
    identity: ({ key, value }) => {
      const event = JSON.parse(value ?? '') as { failInfo?: object; ets: number; edata: object };
      if (event.failInfo !== undefined) return JSON.stringify([key, value]);
      return JSON.stringify([key, event.ets, { ...event.edata, attemptId: null }]);
    },
  });
  const [undisturbed, ...others] = [...worlds.values()].map(({ rows, merged }) => ({ rows, merged }));
  expect(others).toHaveLength(runs);
  expect(undisturbed?.rows.size).toBe(3);
  for (const other of others) expect(other).toEqual(undisturbed);
});

describe('the content', () => {
  test('must be of the course', async () => {
    const { stores, send, failures, driver, tally } = await start();
    stores.leafNodes.set(COURSE, new Set(['do_other']));
    await send();
    expect(failures()).toMatchObject([
      { contentId: TEST, failInfo: { code: 'ERR_INVALID_EVENT', stage: 'aggregate' } },
    ]);
    expect(stores.writes).toBe(0);
    expect(tally.counts()).toMatchObject({ processed: 0, failed: 1 });
    await driver.stop();
  });

  test('of a course whose leaf nodes are missing is taken as it is', async () => {
    const { stores, send, driver } = await start();
    await send();
    expect(stores.writes).toBe(1);
    stores.leafNodes.set(COURSE, new Set([TEST]));
    await send({ attemptId: 'b' });
    expect(stores.writes).toBe(2);
    await driver.stop();
  });
});

describe('what cannot be used goes to the failed topic, and the job goes on', () => {
  test.each<[string, string, string, RegExp]>([
    ['no JSON', '{', 'ERR_UNPARSEABLE_EVENT', /JSON/],
    ['no learner', JSON.stringify({ ...fixture, userId: undefined }), 'ERR_INVALID_EVENT', /userId is missing/],
    ['no time', JSON.stringify({ ...fixture, assessmentTs: '5' }), 'ERR_INVALID_EVENT', /assessmentTs/],
    [
      'a time that is no write timestamp',
      JSON.stringify({ ...fixture, assessmentTs: 1e13 }),
      'ERR_INVALID_EVENT',
      /Ts/,
    ],
    ['no question', JSON.stringify({ ...fixture, events: [{ ets: 1, edata: {} }] }), 'ERR_INVALID_EVENT', /item\.id/],
    [
      'a score that is no number',
      JSON.stringify({ ...fixture, events: [{ ets: 1, edata: { score: '1', item: { id: 'q' } } }] }),
      'ERR_INVALID_EVENT',
      /score must be a number/,
    ],
  ])('%s', async (_name, value, code, error) => {
    const { driver, stores, send, failures } = await start();
    await driver.pipe('assess', { key: 'learner', value });
    expect(failures()).toMatchObject([
      { failInfo: { code, stage: 'deserialize', error: expect.stringMatching(error) } },
    ]);
    await send();
    expect(stores.writes).toBe(1);
    await driver.stop();
  });

  test('so does one that a store refuses', async () => {
    const { stores, send, failures, certificates, driver } = await start();
    stores.fault = new Error('no such value');
    await send();
    expect(failures()).toMatchObject([{ failInfo: { code: 'ERR_PROCESSING', error: 'no such value' } }]);
    await send({ attemptId: 'b' });
    expect(certificates()).toHaveLength(1);
    await driver.stop();
  });

  test('an outage of a store is nobody’s fault: it is tried again, then the certificate is asked for', async () => {
    const { stores, send, failures, certificates, driver } = await start();
    stores.fault = new Outage();
    await send();
    await driver.advance(10_000);
    expect(certificates()).toHaveLength(1);
    expect(failures()).toEqual([]);
    await driver.stop();
  });
});

test('the graph is the golden file (UPDATE_GOLDEN=1 writes it)', () => {
  const golden = new URL('./topology.golden.txt', import.meta.url);
  const text = graphOn(new TestTopics(), new MemoryStores()).describe();
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
  expect(text).toBe(readFileSync(golden, 'utf8'));
});
