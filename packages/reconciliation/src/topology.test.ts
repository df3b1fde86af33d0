import { describe, expect, test } from '@jest/globals';
import { ManualClock, TestTopics, TopologyTestDriver } from '@millrace/core/testing';
import { Tally } from './stages/tally.js';
import { classify, FakeStores, Outage } from './test-support/fake-stores.js';
import { syncEvent } from './test-support/records.js';
import { defaults, failInfoOf } from './test-support/stage-options.js';
import { buildTopology } from './topology.js';
import type { ReconciliationOptions } from './topology.js';

const NOW = 1_700_000_000_000;
const key = { userId: 'U', courseId: 'C', batchId: 'B' };

/** A process of the job on topics and stores that may outlive it. */
async function start(stores: FakeStores, over: Partial<ReconciliationOptions> = {}, topics = new TestTopics()) {
  const clock = new ManualClock(NOW);
  const tally = new Tally();
  const graph = buildTopology({
    source: topics.source('in'),
    sinks: { certificates: topics.sink('certificates'), audit: topics.sink('audit'), failed: topics.sink('failed') },
    stores,
    options: { ...defaults, ...over },
    classify,
    tally,
    clock,
  });
  const driver = await TopologyTestDriver.start(graph, { topics, clock });
  const ask = (timestamp: number, ids: Readonly<Record<string, unknown>> = {}) =>
    driver.pipe('in', { key: (ids['userId'] as string | undefined) ?? 'U', value: syncEvent(ids), timestamp });
  const values = (topic: string) => driver.read(topic).map((record) => record.value);
  return { driver, topics, tally, ask, values, stores };
}

const complete = () =>
  new FakeStores()
    .course('C', { u1: ['a', 'b'], u2: ['c'] })
    .enrol(key)
    .consume(key, { a: 2, b: 2, c: 2 });

const ofKind = (stores: FakeStores, pattern: RegExp) => stores.calls.filter((call) => pattern.test(call));

test('the graph is described in the order of the stages', () => {
  const topics = new TestTopics();
  const graph = buildTopology({
    source: topics.source('in'),
    sinks: { certificates: topics.sink('certificates'), audit: topics.sink('audit'), failed: topics.sink('failed') },
    stores: new FakeStores(),
    options: defaults,
    classify,
  });
  expect(graph.describe('text')).toMatchInlineSnapshot(`
   "Job: enrolment-reconciliation
     1  Source: sync requests  (test: in)
     2  deserialize [process]  <- 1
     3  key by enrolment [admit]  (one group of a key at a time, 128 keys at once)  <- 2
     4  filter [unorderedWait]  <- 3
     5  aggregate [unorderedWait]  <- 4
     6  persist [unorderedWait]  <- 5
     7  outputs [process]  <- 6
     8  Sink: certificate requests  (test: certificates)  <- 7 [certificates]
     9  Sink: audit events  (test: audit)  <- 7 [audit]
    10  Sink: failed events  (test: failed)  <- 2 [failed], 4 [failed], 5 [failed], 6 [failed]
   "
  `);
});

describe('a request', () => {
  test('brings progress up to date', async () => {
    const { ask, stores, values, tally, driver } = await start(complete().consume(key, { c: 1 }));
    await ask(5);
    expect(stores.row(key)).toMatchObject({ status: 1, completedon: null, progress: 2, datetime: NOW });
    expect(stores.row(key).contentStatus).toEqual(
      new Map([
        ['a', 2],
        ['b', 2],
        ['c', 1],
      ]),
    );
    expect(['C', 'u1', 'u2'].map((id) => stores.countOf(id))).toEqual([2, 2, 0]);
    expect([...values('certificates'), ...values('audit'), ...values('failed')]).toEqual([]);
    expect(tally.counts()).toMatchObject({ processed: 1, completed: 0 });
    await driver.stop();
  });

  test('completes an enrolment: certificate and audit at the time of the request, keyed by the learner, once the row is written', async () => {
    const { ask, stores, driver, tally } = await start(complete());
    let write = (): void => {};
    stores.before = (call) =>
      call === 'enrolments.write' ? new Promise<void>((resolve) => (write = resolve)) : undefined;
    await ask(5);
    expect(driver.read('certificates')).toEqual([]);
    write();
    await driver.settled();
    expect(stores.row(key)).toMatchObject({ status: 2, completedon: 5, progress: 3 });
    const [certificate] = driver.read('certificates');
    expect(certificate?.key).toBe('U');
    expect(JSON.parse(certificate?.value ?? '')).toMatchObject({ ets: 5, edata: { userIds: ['U'], courseId: 'C' } });
    expect(driver.read('audit')).toMatchObject([{ key: 'U' }]);
    expect(tally.counts()).toMatchObject({ processed: 1, completed: 1, certificates: 1, audits: 1 });
  });

  test('is committed when its outputs are acknowledged, not before', async () => {
    const { ask, topics, driver } = await start(complete());
    const letThrough = topics.stall('certificates');
    await ask(5);
    await driver.advance(5_000);
    expect(topics.committed('in')).toEqual([0]);
    letThrough();
    await driver.advance(5_000);
    expect(topics.committed('in')).toEqual([1]);
  });

  test('without an enrolment writes nothing', async () => {
    const stores = new FakeStores().course('C', { u: ['a'] }).consume(key, { a: 2 });
    const { ask, tally } = await start(stores);
    await ask(5);
    expect(stores.calls).toEqual(['enrolments.read']);
    expect(tally.counts()).toMatchObject({ skipped: 1, processed: 0 });
  });

  test('on a course whose content is all optional completes with any of it', async () => {
    const stores = new FakeStores()
      .course('C', { u: ['a', 'b'] })
      .enrol(key)
      .consume(key, { b: 2 });
    stores.optionalNodes.set('["C","C"]', ['a', 'b']);
    const { ask } = await start(stores);
    await ask(5);
    expect(stores.row(key)).toMatchObject({ status: 2, progress: 0 });
  });

  test('on a row under a timestamp from the future still takes effect, and other rows are not drawn there', async () => {
    const future = BigInt(NOW) * 1_500n;
    const stores = complete().enrol(key, { status: 1, statusAt: future, restAt: future });
    const other = { ...key, userId: 'V' };
    stores.enrol(other).consume(other, { a: 2 });
    const { ask } = await start(stores);
    await ask(5);
    await ask(6, { userId: 'V' });
    expect(stores.row(key)).toMatchObject({ status: 2, completedon: 5, progress: 3 });
    expect(stores.row(key).statusAt).toBeGreaterThan(stores.row(key).restAt);
    expect(stores.row(other).restAt / 1000n).toBe(BigInt(NOW));
  });

  test('does not put older statuses over what another job writes meanwhile', async () => {
    const stores = complete().consume(key, { c: 1 });
    stores.before = (call) => {
      if (call !== 'consumption.read') return;
      // The other job writes after our timestamp was taken.
      Object.assign(stores.row(key), {
        status: 2,
        completedon: 99,
        progress: 9,
        statusAt: BigInt(NOW + 1) * 1000n,
        restAt: BigInt(NOW + 1) * 1000n,
      });
    };
    const { ask } = await start(stores);
    await ask(5);
    expect(stores.row(key)).toMatchObject({ status: 2, completedon: 99, progress: 9 });
  });
});

describe('replay after a crash', () => {
  test('between the write of status 2 and the commit: the same outputs again, nothing written', async () => {
    const first = await start(complete());
    await first.ask(5);
    const outputs = [first.values('certificates'), first.values('audit')];
    await first.driver.crash();
    expect(first.topics.committed('in')).toEqual([0]);

    const { stores, topics } = first;
    stores.calls.length = 0;
    const second = await start(stores, {}, topics);
    expect(stores.calls).toEqual(['enrolments.read']);
    // The reading of the second process begins anew: each output stands there twice.
    expect([second.values('certificates'), second.values('audit')]).toEqual(outputs.map((each) => [...each, ...each]));
    expect(second.tally.counts()).toMatchObject({ processed: 1, completed: 0, certificates: 1, audits: 1 });
  });

  test('before the outputs of the completion were acknowledged: none is lost', async () => {
    const first = await start(complete());
    first.topics.stall('certificates');
    await first.ask(5);
    expect(first.stores.row(key).status).toBe(2);
    await first.driver.crash();

    const second = await start(first.stores);
    await second.ask(5);
    expect(second.values('certificates')).toHaveLength(1);
    expect(second.values('audit')).toEqual(first.values('audit'));
  });

  test('sends byte-equal certificates and audits, with the filter on or off', async () => {
    for (const filterCompleted of [true, false]) {
      const { ask, values, stores } = await start(complete(), { filterCompleted });
      await ask(5);
      const outputs = [values('certificates'), values('audit')];
      await ask(5);
      expect([values('certificates'), values('audit')]).toEqual(outputs);
      expect(outputs[0]).toHaveLength(1);
      expect(ofKind(stores, /write/)).toHaveLength(1);
    }
  });

  test('filter off, a group of other times too: the replay first, then the recompute, nothing sent twice', async () => {
    const stores = complete().enrol(key, { status: 2, completedon: 6 });
    const { driver, topics, values, tally } = await start(stores, { filterCompleted: false });
    const release = holdFirst(stores);
    for (const timestamp of [4, 5, 6, 7]) topics.append('in', { key: 'U', value: syncEvent(), timestamp });
    await driver.settled();
    release();
    await driver.settled();
    // The first (time 4) was alone and recomputed under the completedon of the row; the others came as one group.
    expect(values('certificates')).toHaveLength(2);
    expect(new Set(driver.read('audit').map((each) => each.value)).size).toBe(1);
    expect(ofKind(stores, /enrolments\.write/)).toHaveLength(2);
    expect(tally.counts()).toMatchObject({ processed: 2, coalesced: 2, failed: 0, completed: 2 });
  });

  test('filter off, a replay whose others cannot be recomputed: only they fail', async () => {
    const stores = new FakeStores().enrol(key, { status: 2, completedon: 6 });
    const { driver, topics, tally } = await start(stores, { filterCompleted: false, missingWaitMs: 0 });
    const release = holdFirst(stores);
    for (const timestamp of [6, 5, 6, 7]) topics.append('in', { key: 'U', value: syncEvent(), timestamp });
    await driver.settled();
    release();
    await driver.settled();
    expect(driver.read('failed').map(failInfoOf)).toMatchObject([{ offset: '1' }, { offset: '3' }]);
    expect(driver.read('certificates')).toHaveLength(2);
    expect(tally.counts()).toMatchObject({ processed: 2, coalesced: 0, failed: 2 });
  });
});

describe('coalescing', () => {
  test('requests that wait are settled by one recompute in the name of the first', async () => {
    const stores = complete().consume(key, { c: 1 });
    const { driver, topics, tally, values } = await start(stores);
    const release = holdFirst(stores);
    for (const timestamp of [1, 9, 3, 4]) topics.append('in', { key: 'U', value: syncEvent(), timestamp });
    await driver.settled();
    stores.consume(key, { c: 2 });
    release();
    await driver.settled();
    expect(ofKind(stores, /consumption/)).toHaveLength(1);
    expect(tally.counts()).toMatchObject({ processed: 1, skipped: 1, coalesced: 2 });
    expect(values('certificates').map((value) => (JSON.parse(value ?? '') as { ets: number }).ets)).toEqual([1]);
  });

  test('one enrolment waits for the outputs of its last group, others do not', async () => {
    const other = { ...key, userId: 'V' };
    const stores = complete().enrol(other).consume(other, { a: 1 });
    const { ask, topics, driver } = await start(stores);
    const letThrough = topics.stall('certificates');
    await ask(5);
    await ask(6);
    await ask(7, { userId: 'V' });
    expect(stores.row(other).status).toBe(1);
    expect(ofKind(stores, /enrolments\.read/)).toHaveLength(2);
    letThrough();
    await driver.settled();
    expect(ofKind(stores, /enrolments\.read/)).toHaveLength(3);
  });
});

describe('the filter', () => {
  test('on: a completed enrolment is left alone', async () => {
    const stores = complete().enrol(key, { status: 2, completedon: 1 });
    const { ask, tally, values } = await start(stores);
    await ask(5);
    expect(stores.calls).toEqual(['enrolments.read']);
    expect(values('certificates')).toEqual([]);
    expect(tally.counts().skipped).toBe(1);
  });

  test('off: it is recomputed, and what is complete is sent again under its own completedon', async () => {
    const { ask, values, stores } = await start(complete().enrol(key, { status: 2, completedon: 1 }), {
      filterCompleted: false,
    });
    await ask(5);
    expect(stores.row(key)).toMatchObject({ status: 2, completedon: 1, progress: 3 });
    expect(values('certificates')).toEqual([expect.stringContaining('"mid":"LP.1.')]);
  });

  test('off: what is not complete any more goes back to status 1 and keeps its completedon', async () => {
    const stores = complete().consume(key, { c: 1 }).enrol(key, { status: 2, completedon: 1 });
    const { ask, values } = await start(stores, { filterCompleted: false });
    await ask(5);
    expect(stores.row(key)).toMatchObject({ status: 1, completedon: 1, progress: 2 });
    expect(values('certificates')).toEqual([]);
  });

  test('recovery: a certificate that never came is asked for, with no write and no audit', async () => {
    const stores = complete().enrol(key, { status: 2, completedon: 1 });
    const { ask, values, tally } = await start(stores, { certificateRecovery: true });
    await ask(5);
    expect(values('certificates')).toEqual([expect.stringContaining('"mid":"LP.1.')]);
    expect(values('audit')).toEqual([]);
    expect(ofKind(stores, /write|merge/)).toEqual([]);
    expect(tally.counts()).toMatchObject({ processed: 1, certificates: 1, audits: 0 });
  });
});

describe('what cannot be processed', () => {
  test('bad records fail or are skipped, and those behind them go on', async () => {
    const { driver, ask, tally, stores } = await start(complete());
    await driver.pipe(
      'in',
      { value: '{broken', timestamp: 1 },
      { value: null, timestamp: 1 },
      { value: '{"edata":{}}', timestamp: 1 },
    );
    await ask(2, { userId: ' ' });
    await ask(5);
    expect(driver.read('failed').map(failInfoOf)).toMatchObject([
      { code: 'ERR_UNPARSEABLE_EVENT', offset: '0' },
      { code: 'ERR_UNPARSEABLE_EVENT', offset: '1' },
      { code: 'ERR_INVALID_EVENT', offset: '3' },
    ]);
    expect(stores.row(key).status).toBe(2);
    expect(tally.counts()).toMatchObject({ processed: 1, skipped: 1, failed: 3, coalesced: 0 });
  });

  test('a retired course: failed, nothing written, requests of other courses go on meanwhile', async () => {
    const retired = { ...key, courseId: 'R' };
    const stores = complete().enrol(retired).consume(retired, { a: 2 });
    stores.statuses.set('R', 'Retired');
    const { ask, driver, tally } = await start(stores);
    await ask(4, { courseId: 'R' });
    await ask(5);
    expect(stores.row(key).status).toBe(2);
    await driver.advance(5_000);
    const [failed] = driver.read('failed');
    expect(failInfoOf(failed)).toMatchObject({ code: 'ERR_COLLECTION_RETIRED', attempts: 5, stage: 'aggregate' });
    expect(failed?.key).toBe('U');
    expect(stores.row(retired)).toMatchObject({ status: 0, progress: null });
    expect(tally.counts()).toMatchObject({ processed: 1, failed: 1 });
    expect(driver.metrics.total('retired-consumption-events-count')).toBe(1);
  });

  test('sent back as it is once the cause is mended, it is processed', async () => {
    const stores = new FakeStores().enrol(key).consume(key, { a: 2 });
    const { ask, driver } = await start(stores);
    await ask(5);
    await driver.advance(5_000);
    const [failed] = driver.read('failed');
    stores.course('C', { u: ['a'] });
    await driver.pipe('in', { key: failed?.key ?? null, value: failed?.value ?? null, timestamp: 6 });
    expect(stores.row(key)).toMatchObject({ status: 2, completedon: 6 });
  });

  test("a gap of the cache's writer is waited for, and the group is not failed", async () => {
    const stores = new FakeStores().enrol(key).consume(key, { a: 2 });
    const { ask, driver, tally } = await start(stores);
    await ask(5);
    stores.course('C', { u: ['a'] });
    await driver.advance(250);
    expect(stores.row(key).status).toBe(2);
    expect(ofKind(stores, /enrolments\.read/)).toHaveLength(2);
    expect(tally.counts()).toMatchObject({ processed: 1, failed: 0 });
  });

  test('an outage holds everything and fails nothing', async () => {
    const stores = complete();
    stores.before = () => {
      throw new Outage('no hosts available');
    };
    const { ask, driver, topics, tally } = await start(stores);
    await ask(5);
    await driver.advance(60_000);
    expect(driver.read('failed')).toEqual([]);
    expect(topics.committed('in')).toEqual([0]);
    stores.before = () => {};
    await driver.advance(10_000);
    expect(stores.row(key).status).toBe(2);
    expect(tally.counts()).toMatchObject({ processed: 1, failed: 0 });
    expect(topics.committed('in')).toEqual([1]);
  });
});

describe('hostile ids', () => {
  const hostile = [
    '"},"x":{"',
    "'; DROP TABLE x; --",
    '\\',
    '$1 ${x}',
    'a\nb\u0000',
    '😀é',
    '__proto__',
    'constructor',
    ' padded ',
    'a'.repeat(256),
  ];

  test.each(hostile)('number %# is an id like any other, in each place', async (id) => {
    for (const name of ['userId', 'courseId', 'batchId'] as const) {
      const ids = { ...key, [name]: id };
      const stores = new FakeStores()
        .course(ids.courseId, { [id]: [`${id}-leaf`] })
        .enrol(ids)
        .enrol({ ...ids, userId: 'another' });
      stores.consume(ids, { [`${id}-leaf`]: 2 });
      const { ask, values, driver } = await start(stores);
      await ask(5, ids);
      expect(stores.row(ids)).toMatchObject({ status: 2, completedon: 5, progress: 1 });
      expect(stores.row({ ...ids, userId: 'another' }).status).toBe(0);
      const [certificate] = values('certificates');
      expect(JSON.parse(certificate ?? '')).toMatchObject({
        object: { id: `${ids.batchId}_${ids.courseId}` },
        edata: { userIds: [ids.userId], courseId: ids.courseId, batchId: ids.batchId },
      });
      expect(driver.read('failed')).toEqual([]);
    }
  });
});

/** Makes the first read of an enrolment wait, so that requests behind it gather; returns what lets it go on. */
function holdFirst(stores: FakeStores): () => void {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let isFirst = true;
  stores.before = (call) => {
    if (call !== 'enrolments.read' || !isFirst) return undefined;
    isFirst = false;
    return held;
  };
  return release;
}
