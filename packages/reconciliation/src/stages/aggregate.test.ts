import { describe, expect, test } from '@jest/globals';
import { retryInPlace } from '@millrace/core';
import { ManualClock, OperatorHarness } from '@millrace/core/testing';
import { createWriteClock } from '../domain/write-clock.js';
import { FakeStores, Outage } from '../test-support/fake-stores.js';
import { request } from '../test-support/records.js';
import { defaults, failInfoOf, failureOptions } from '../test-support/stage-options.js';
import { AggregateFunction } from './aggregate.js';
import type { AggregateOptions } from './aggregate.js';
import type { Announcement, Recompute } from './elements.js';
import { FAILED } from './tags.js';

const key = { userId: 'U', courseId: 'C', batchId: 'B' };
const NOW = 1_700_000_000_000;

const recompute = (times: [number, ...number[]] = [7], over: Partial<Recompute> = {}): Recompute => ({
  kind: 'recompute',
  ...key,
  requests: times.map((time, offset) => request(time, offset)) as unknown as Recompute['requests'],
  afterReplay: false,
  row: { status: 1, completedon: null, certificateCount: 0, lastWrite: 0n },
  ...over,
});

async function open(stores: FakeStores, over: Partial<AggregateOptions> = {}, acknowledgeOutputs = true) {
  const clock = new ManualClock(NOW);
  const failures = failureOptions();
  const writeClock = createWriteClock(() => clock.now());
  const aggregate = new AggregateFunction(stores, { ...defaults, ...over }, failures, clock, writeClock);
  const harness = await OperatorHarness.forAsync(aggregate, {
    clock,
    errors: aggregate.errors,
    retryStrategy: retryInPlace({ initialDelayMs: 100, jitter: 0 }),
    acknowledgeOutputs,
  });
  return { harness, tally: failures.tally, clock };
}

const course = () => new FakeStores().course('C', { u1: ['a', 'b'], u2: ['c'] }).enrol(key, { status: 1 });

describe('aggregate', () => {
  test('computes from sets and consumption and writes nothing', async () => {
    const stores = course().consume(key, { a: 2, b: null });
    const { harness } = await open(stores);
    await harness.processElement(recompute());
    expect(harness.output()).toEqual([
      {
        kind: 'computed',
        ...key,
        requests: recompute().requests,
        afterReplay: false,
        aggregates: [
          { activityId: 'C', userId: 'U', batchId: 'B', completedCount: 1 },
          { activityId: 'u1', userId: 'U', batchId: 'B', completedCount: 1 },
        ],
        aggregatesAt: BigInt(NOW) * 1000n,
        update: {
          ...key,
          progress: 1,
          contentStatus: new Map([
            ['a', 2],
            ['b', 1],
          ]),
          datetime: NOW,
          readAt: BigInt(NOW) * 1000n,
        },
        completion: undefined,
      },
    ]);
    expect(stores.calls.filter((call) => /write|merge/.test(call))).toEqual([]);
    expect(harness.metrics.total('processed-enrolment-count')).toBe(1);
    expect(harness.metrics.total('db-read-count')).toBe(1);
    // The sets of the course, of both units, and three times ancestors.
    expect(harness.metrics.total('cache-hit-count')).toBe(6);
    expect(harness.metrics.total('cache-miss-count')).toBe(0);
  });

  test('units are left out where they are not wanted', async () => {
    const { harness } = await open(course().consume(key, { a: 2 }), { moduleAggregates: false });
    await harness.processElement(recompute());
    expect(harness.output()).toMatchObject([{ aggregates: [{ activityId: 'C' }] }]);
  });

  test('a completion has the time of the first request by offset, not the wall clock', async () => {
    const { harness } = await open(course().consume(key, { a: 2, b: 2, c: 2 }));
    await harness.processElement(recompute([9, 3]));
    expect(harness.output()).toMatchObject([{ completion: { completedon: 9, write: 9 } }]);
  });

  test('a completed row keeps its completedon', async () => {
    const { harness } = await open(course().consume(key, { a: 2, b: 2, c: 2 }));
    const row = { status: 2, completedon: 4, certificateCount: 0, lastWrite: 0n };
    await harness.processElement(recompute([9], { row }));
    expect(harness.output()).toMatchObject([{ completion: { completedon: 4, write: undefined } }]);
  });

  test('no consumption: settled with nothing to write', async () => {
    const { harness } = await open(course());
    await harness.processElement(recompute());
    expect(harness.output()).toMatchObject([{ kind: 'settled' }]);
  });

  test('announcements pass without a read', async () => {
    const stores = course();
    const { harness } = await open(stores);
    const announcement: Announcement = { ...recompute(), kind: 'announcement', reason: 'replay', completedon: 1 };
    await harness.processElement(announcement);
    expect(harness.output()).toEqual([announcement]);
    expect(stores.calls).toEqual([]);
  });

  test('the timestamp for the row is later than what is stored, also from the future; the aggregates stay in the present', async () => {
    const { harness } = await open(course().consume(key, { a: 2 }));
    const lastWrite = BigInt(NOW) * 2000n;
    await harness.processElement(
      recompute([7], { row: { status: 1, completedon: null, certificateCount: 0, lastWrite } }),
    );
    expect(harness.output()).toMatchObject([{ aggregatesAt: BigInt(NOW) * 1000n, update: { readAt: lastWrite + 1n } }]);
  });

  test('an outage is waited out', async () => {
    const stores = course().consume(key, { a: 2 });
    let down = true;
    stores.before = (call) => {
      if (down && call === 'consumption.read') throw new Outage('timeout');
    };
    const { harness } = await open(stores);
    await harness.processElement(recompute());
    down = false;
    await harness.advance(100);
    expect(harness.output()).toMatchObject([{ kind: 'computed' }]);
    expect(harness.sideOutput(FAILED)).toEqual([]);
  });

  test('a set of the wrong type fails every request', async () => {
    const stores = course();
    stores.before = () => {
      throw new TypeError('WRONGTYPE');
    };
    const { harness, tally } = await open(stores);
    await harness.processElement(recompute([1, 2]));
    expect(harness.sideOutput(FAILED).map(failInfoOf)).toMatchObject([
      { code: 'ERR_PROCESSING', stage: 'aggregate', offset: '0', attempts: 1 },
      { code: 'ERR_PROCESSING', stage: 'aggregate', offset: '1', attempts: 1 },
    ]);
    expect(tally.counts().failed).toBe(2);
  });
});

describe('aggregate without leaf nodes', () => {
  const empty = () => new FakeStores().enrol(key, { status: 1 }).consume(key, { a: 2 });

  test.each([
    ['Retired', 'ERR_COLLECTION_RETIRED', 'no leaf nodes for C (Retired)'],
    ['Live', 'ERR_LEAF_NODES_MISSING', 'no leaf nodes for C (Live)'],
    ['Unlisted', 'ERR_LEAF_NODES_MISSING', 'no leaf nodes for C (Unlisted)'],
    [undefined, 'ERR_COLLECTION_UNKNOWN', 'no leaf nodes for C (unknown to the search service)'],
  ] as const)('status %p: after five reads %s', async (status, code, error) => {
    const stores = empty();
    if (status !== undefined) stores.statuses.set('C', status);
    const { harness, tally } = await open(stores);
    await harness.processElement(recompute([1, 2]));
    await harness.advance(4_999);
    expect(harness.sideOutput(FAILED)).toEqual([]);
    await harness.advance(1);
    const failures = harness.sideOutput(FAILED).map(failInfoOf);
    expect(failures).toMatchObject([
      { code, error, stage: 'aggregate', attempts: 5, offset: '0' },
      { code, error, stage: 'aggregate', attempts: 5, offset: '1' },
    ]);
    expect(harness.output()).toEqual([]);
    expect(harness.metrics.total('retired-consumption-events-count')).toBe(status === 'Retired' ? 2 : 0);
    expect(tally.counts()).toMatchObject({ failed: 2, processed: 0 });
    expect(stores.calls).not.toContain('consumption.read');
  });

  test('a search service that is down or answers nonsense does not hold the job', async () => {
    const stores = empty();
    stores.before = (call) => {
      if (call === 'collections.status') throw new Outage('connect ECONNREFUSED');
    };
    const { harness } = await open(stores);
    await harness.processElement(recompute());
    await harness.advance(5_000);
    expect(harness.sideOutput(FAILED).map(failInfoOf)).toMatchObject([
      {
        code: 'ERR_LEAF_NODES_MISSING',
        error: 'no leaf nodes for C (its status is not known: connect ECONNREFUSED)',
        attempts: 5,
      },
    ]);
  });

  test('a finding that stands fails at once, with the reads that it rests on', async () => {
    const { harness } = await open(empty());
    await harness.processElement(recompute());
    await harness.advance(5_000);
    await harness.processElement(recompute([2], { userId: 'V' }));
    expect(harness.sideOutput(FAILED).map(failInfoOf)).toMatchObject([{ attempts: 5 }, { attempts: 5 }]);
  });

  test('after the wait the enrolment is read again: its new row decides and gives the timestamp', async () => {
    const stores = empty();
    const { harness } = await open(stores);
    await harness.processElement(recompute());
    const lastWrite = BigInt(NOW) * 2000n;
    stores.course('C', { u1: ['a'] }).enrol(key, { status: 1, restAt: lastWrite });
    await harness.advance(250);
    expect(harness.output()).toMatchObject([{ kind: 'computed', update: { readAt: lastWrite + 1n } }]);
  });

  test('a relation cache that is emptied between two reads: the course is waited for, not computed from a part', async () => {
    const stores = course().consume(key, { a: 2, c: 2 });
    stores.before = (call) => {
      if (!call.startsWith('relations.ancestors')) return;
      stores.leafNodes.clear();
      stores.above.clear();
    };
    const { harness } = await open(stores);
    await harness.processElement(recompute());
    expect(harness.output()).toEqual([]);
    stores.before = () => {};
    stores.course('C', { u1: ['a', 'b'], u2: ['c'] });
    await harness.advance(250);
    expect(harness.output()).toMatchObject([
      { kind: 'computed', aggregates: [{ activityId: 'C' }, { activityId: 'u1' }, { activityId: 'u2' }] },
    ]);
  });

  test('after the wait an enrolment that is gone or was completed by others is skipped', async () => {
    for (const change of [
      (stores: FakeStores) => stores.rows.clear(),
      (stores: FakeStores) => stores.enrol(key, { status: 2, completedon: 1 }),
    ]) {
      const stores = empty();
      const { harness, tally } = await open(stores);
      await harness.processElement(recompute([7, 8]));
      change(stores);
      await harness.advance(5_000);
      expect(harness.output()).toEqual([]);
      expect(harness.sideOutput(FAILED)).toEqual([]);
      expect(tally.counts()).toMatchObject({ skipped: 1, coalesced: 1, failed: 0 });
    }
  });

  test('after the wait a completion by another run of the same request is a replay', async () => {
    const stores = empty();
    const { harness } = await open(stores);
    await harness.processElement(recompute([7]));
    stores.enrol(key, { status: 2, completedon: 7 });
    await harness.advance(250 + 500 + 1_250 + 3_000);
    expect(harness.output()).toMatchObject([{ kind: 'announcement', reason: 'replay', completedon: 7 }]);
  });

  test('filter off, partly a replay after the wait, still missing: only the others fail, and only after the replay is safe', async () => {
    const stores = empty();
    const { harness, tally } = await open(stores, { filterCompleted: false }, false);
    await harness.processElement(recompute([7, 8]));
    stores.enrol(key, { status: 2, completedon: 7 });
    await harness.advance(5_000);
    expect(harness.output()).toMatchObject([{ kind: 'announcement', requests: [{ time: 7 }] }]);
    expect(harness.sideOutput(FAILED)).toEqual([]);
    await harness.acknowledge();
    expect(harness.sideOutput(FAILED).map(failInfoOf)).toMatchObject([{ code: 'ERR_COLLECTION_UNKNOWN', offset: '1' }]);
    expect(tally.counts().failed).toBe(1);
  });

  test('filter off, partly a replay after the wait: a retry neither announces again nor forgets the rest', async () => {
    const stores = empty();
    const { harness } = await open(stores, { filterCompleted: false });
    await harness.processElement(recompute([7, 8]));
    stores.course('C', { u1: ['a'] }).enrol(key, { status: 2, completedon: 7 });
    stores.before = (call) => {
      if (call === 'consumption.read') throw new Outage('timeout');
    };
    await harness.advance(250);
    stores.before = () => {};
    await harness.advance(100);
    expect(harness.output()).toMatchObject([
      { kind: 'announcement', requests: [{ time: 7 }] },
      { kind: 'computed', afterReplay: true, requests: [{ time: 8 }], completion: { completedon: 7 } },
    ]);
  });

  test('a task that closes during the wait leaves no timer', async () => {
    const { harness, clock } = await open(empty());
    await harness.processElement(recompute());
    expect(clock.pendingTimers).toBe(1);
    await harness.close();
    await harness.settled();
    expect(clock.pendingTimers).toBe(0);
  });
});
