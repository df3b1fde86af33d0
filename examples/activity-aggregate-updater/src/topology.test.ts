import { describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import type { StreamGraph } from '@millrace/core';
import { ManualClock, restartAnywhere, TestTopics, TopologyTestDriver } from '@millrace/core/testing';
import { Tally } from '@millrace/reconciliation/parts';
import { MemoryStores } from './test-support/memory-stores.js';
import { buildTopology } from './topology.js';
import type { UpdaterOptions } from './topology.js';

const NOW = 1_700_000_000_000;
const EXPIRY_MS = 60_000;
const key = { userId: 'U', courseId: 'C', batchId: 'B' };

class Outage extends Error {}

function graphOn(
  topics: TestTopics,
  world: MemoryStores,
  tally = new Tally(),
  clock = new ManualClock(NOW),
  over: Partial<UpdaterOptions> = {},
): StreamGraph {
  return buildTopology({
    source: topics.source('in'),
    sinks: { certificates: topics.sink('certificates'), audit: topics.sink('audit'), failed: topics.sink('failed') },
    stores: world.stores,
    progress: world.progress,
    options: {
      jobName: 'activity-aggregate-updater',
      moduleAggregates: true,
      filterCompleted: true,
      certificateRecovery: false,
      missingWaitMs: 0,
      missingExpiryMs: 10_000,
      failedMaxBytes: 900_000,
      maxInFlight: 16,
      retryTimeoutMs: 600_000,
      windowSize: 3,
      windowTimeoutMs: 1_000,
      dedupExpiryMs: EXPIRY_MS,
      ...over,
    },
    classify: (error) => (error instanceof Outage ? 'infrastructure' : 'event'),
    tally,
    clock,
  });
}

async function start(world = new MemoryStores().enrol(key)) {
  const topics = new TestTopics();
  const tally = new Tally();
  const clock = new ManualClock(NOW);
  const driver = await TopologyTestDriver.start(graphOn(topics, world, tally, clock), { topics, clock });
  let time = 0;
  const send = (contents: unknown, over: Readonly<Record<string, unknown>> = {}, event: object = {}) => {
    const edata = { contents, action: 'batch-enrolment-update', iteration: 1, ...key, ...over };
    time += 1;
    const value = JSON.stringify({ eid: 'BE_JOB_REQUEST', ets: time, edata, ...event });
    return driver.pipe('in', { key: 'U', value, timestamp: time });
  };
  const done = (...ids: readonly string[]) => ids.map((contentId) => ({ contentId, status: 2 }));
  const json = (topic: string) =>
    topics.readAll(topic).map(({ value }) => JSON.parse(value ?? 'null') as Record<string, Record<string, unknown>>);
  const audits = () => json('audit').map(({ edata, object }) => `${String(edata?.['type'])} ${String(object?.['id'])}`);
  return { driver, world, tally, send, done, json, audits };
}

describe('completed contents', () => {
  test('of a full window are merged, written, counted and told of at once, each event of it', async () => {
    const { send, done, world, audits, tally, driver } = await start();
    await send([...done('a'), { contentId: 'b', status: 1 }]);
    await send(done('x'));
    expect(world.writes).toBe(0);
    await send(done('c'));
    expect(world.writes).toBe(1);
    expect(world.consumed(key)).toEqual({ a: [2, 1, 1], x: [2, 1, 1], c: [2, 1, 1] });
    // Optional contents and those outside of the course do not count.
    expect(world.counts.get('U C')).toBe(1);
    expect(world.enrolled.get(JSON.stringify(['U', 'C', 'B']))).toMatchObject({ status: 1, progress: 1 });
    expect(audits()).toEqual(['start a', 'complete a', 'start x', 'complete x', 'start c', 'complete c']);
    expect(tally.counts()).toMatchObject({ processed: 1, coalesced: 2, audits: 6, certificates: 0 });
    await driver.stop();
  });

  test('of a window that does not fill up wait for the timeout, and complete the enrolment', async () => {
    const { send, done, world, json, audits, driver } = await start();
    await send(done('a', 'b'));
    await driver.advance(999);
    expect(world.writes).toBe(0);
    await driver.advance(1);
    expect(world.enrolled.get(JSON.stringify(['U', 'C', 'B']))).toMatchObject({
      status: 2,
      completedon: 1,
      progress: 2,
    });
    expect(json('certificates')).toMatchObject([{ edata: { action: 'issue-certificate', userIds: ['U'] } }]);
    expect(audits()).toEqual(['start a', 'complete a', 'start b', 'complete b', 'enrol-complete U']);
    await driver.stop();
  });

  test('count once until they are forgotten, however often they are told of', async () => {
    const { send, done, world, tally, driver } = await start();
    await send(done('a'));
    await driver.advance(1_000);
    await send(done('a'));
    await send(done('a', 'x'));
    await driver.advance(1_000);
    expect(world.consumed(key)).toEqual({ a: [2, 1, 1], x: [2, 1, 1] });
    expect(tally.counts()).toMatchObject({ processed: 2, skipped: 1 });
    await driver.advance(EXPIRY_MS);
    await send(done('a'));
    await driver.advance(1_000);
    expect(world.consumed(key)['a']).toEqual([2, 2, 2]);
    await driver.stop();
  });

  test('count once where the answer to a write is lost', async () => {
    const { send, done, world, audits, driver } = await start();
    world.afterWrite = () => {
      if (world.writes === 1) throw new Outage('no answer');
    };
    await send(done('a'));
    await driver.advance(60_000);
    // Tried again, it finds its own write, and tells of it.
    expect(world.writes).toBe(1);
    expect(world.consumed(key)).toEqual({ a: [2, 1, 1] });
    expect(audits()).toEqual(['start a', 'complete a']);
    await driver.stop();
  });
});

describe('a crash', () => {
  test('behind any event, with any checkpoint before it, changes neither tables nor outputs', async () => {
    const worlds = new Map<TestTopics, MemoryStores>();
    const worldOf = (topics: TestTopics): MemoryStores => {
      const world = worlds.get(topics) ?? new MemoryStores().enrol(key).enrol({ ...key, courseId: 'lost' });
      worlds.set(topics, world);
      return world;
    };
    const event = (ets: number, contentIds: readonly string[], over: object = {}) => {
      const contents = contentIds.map((contentId) => ({ contentId, status: 2 }));
      const edata = { contents, action: 'batch-enrolment-update', ...key, ...over };
      return { topic: 'in', key: 'U', value: JSON.stringify({ ets, edata }), timestamp: ets };
    };
    const records = [
      event(1, ['x']),
      event(2, ['a']),
      event(3, ['a', 'x']),
      { ...event(4, []), value: '{' },
      event(5, ['a'], { courseId: 'lost' }),
      event(6, ['b']),
      event(7, ['c', 'b']),
    ];
    // A crash takes a minute of the clock.
    const options = { windowSize: 1, dedupExpiryMs: 86_400_000 };
    const { runs } = await restartAnywhere({
      topology: (topics) => graphOn(topics, worldOf(topics), new Tally(), new ManualClock(NOW), options),
      records,
      outputs: ['certificates', 'audit', 'failed'],
      // What is remembered of contents carries the time of the clock, which goes on while a run waits for a checkpoint.
      comparesStateOf: () => false,
    });
    const [undisturbed, ...others] = [...worlds.values()].map(({ rows, counts, enrolled }) => ({
      ...{ rows, counts },
      progress: [...enrolled.values()].map(({ status, progress, completedon }) => [status, progress, completedon]),
    }));
    expect(others).toHaveLength(runs);
    expect(undisturbed?.progress[0]).toEqual([2, 2, 6]);
    for (const other of others) expect(other).toEqual(undisturbed);
  });
});

describe('an event that was counted', () => {
  test('counts no second time when it comes back from the failed topic', async () => {
    const lost = { ...key, courseId: 'lost' };
    const { send, done, world, driver, audits } = await start(new MemoryStores().enrol(lost));
    await send(done('a'), lost, { ets: 1 });
    await driver.advance(1_000);
    await send(done('a'), lost, { ets: 1, failInfo: { rounds: 1 } });
    await driver.advance(1_000);
    expect(world.consumed(lost)).toEqual({ a: [2, 1, 1] });
    expect(audits()).toEqual(['start a', 'complete a', 'start a', 'complete a']);
    await driver.stop();
  });

  test('by its time goes by that of its record where its own clock is far ahead', async () => {
    const { send, done, world, driver } = await start();
    await send(done('a'), {}, { ets: 90_000_000_000 });
    await driver.advance(1_000 + EXPIRY_MS);
    await send(done('a'));
    await driver.advance(1_000);
    expect(world.consumed(key)).toEqual({ a: [2, 2, 2] });
    await driver.stop();
  });

  test('is not joined by an older one', async () => {
    const { send, done, world, driver } = await start();
    await send(done('a'), {}, { ets: 1_000 });
    await driver.advance(1_000 + EXPIRY_MS);
    await send(done('a'), {}, { ets: 999 });
    await driver.advance(1_000);
    expect(world.consumed(key)).toEqual({ a: [2, 1, 1] });
    await driver.stop();
  });
});

describe('what is not an update', () => {
  test('is skipped: another action, nothing completed', async () => {
    const { send, done, tally, driver } = await start();
    await send(done('a'), { action: 'user-enrolment-sync' });
    await send([{ contentId: 'a', status: 1 }]);
    await send([]);
    expect(tally.counts()).toMatchObject({ skipped: 3, processed: 0, failed: 0 });
    await driver.stop();
  });

  test.each([
    ['no list of contents', { contents: 'a' }],
    ['a content without an id', { contents: [{ status: 2 }] }],
    ['a blank learner', { userId: ' ', contents: [{ contentId: 'a', status: 2 }] }],
  ])('goes to the failed topic: %s', async (_what, over) => {
    const { send, json, tally, driver } = await start();
    await send([], over);
    expect(json('failed')).toMatchObject([{ failInfo: { code: 'ERR_INVALID_EVENT', stage: 'deserialize' } }]);
    expect(tally.counts()).toMatchObject({ failed: 1 });
    await driver.stop();
  });

  test('a course without leaf nodes fails; sent again with its cause the event is taken, though its contents were seen', async () => {
    const lost = { ...key, courseId: 'lost' };
    const { send, done, json, tally, driver } = await start(new MemoryStores().enrol(lost));
    await send(done('a'), lost);
    await driver.advance(1_000);
    expect(json('failed')).toMatchObject([{ failInfo: { code: 'ERR_LEAF_NODES_MISSING', stage: 'aggregate' } }]);
    await send(done('a'), lost);
    expect(tally.counts()).toMatchObject({ failed: 1, skipped: 1 });
    await send(done('a'), lost, { failInfo: { rounds: 1 } });
    await driver.advance(1_000);
    expect(tally.counts()).toMatchObject({ failed: 2, skipped: 1 });
    await driver.stop();
  });
});

test('the graph is the golden file (UPDATE_GOLDEN=1 writes it)', () => {
  const golden = new URL('./topology.golden.txt', import.meta.url);
  const text = graphOn(new TestTopics(), new MemoryStores()).describe();
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
  expect(text).toBe(readFileSync(golden, 'utf8'));
});
