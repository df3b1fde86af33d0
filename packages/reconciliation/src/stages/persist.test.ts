import { describe, expect, test } from '@jest/globals';
import { retryInPlace } from '@millrace/core';
import { ManualClock, OperatorHarness } from '@millrace/core/testing';
import type { EnrolmentUpdate } from '../domain/model.js';
import { createWriteClock } from '../domain/write-clock.js';
import { FakeStores, Outage } from '../test-support/fake-stores.js';
import { request } from '../test-support/records.js';
import { failInfoOf, failureOptions } from '../test-support/stage-options.js';
import type { Computed } from './elements.js';
import { PersistFunction } from './persist.js';
import { FAILED } from './tags.js';

const key = { userId: 'U', courseId: 'C', batchId: 'B' };
const NOW = 1_700_000_000_000;
const READ_AT = BigInt(NOW) * 1000n - 5n;

const computed = (over: Partial<Computed> = {}): Computed => ({
  kind: 'computed',
  ...key,
  requests: [request(7, 0), request(8, 1)],
  afterReplay: false,
  aggregates: ['C', 'u1'].map((activityId) => ({ activityId, userId: 'U', batchId: 'B', completedCount: 3 })),
  aggregatesAt: READ_AT,
  update: { ...key, progress: 3, contentStatus: new Map([['a', 2]]), datetime: NOW - 1, readAt: READ_AT },
  completion: undefined,
  ...over,
});

async function open(stores = new FakeStores().enrol(key, { status: 1 })) {
  const clock = new ManualClock(NOW);
  const failures = failureOptions();
  const persist = new PersistFunction(
    stores,
    failures,
    createWriteClock(() => clock.now()),
  );
  const updates: EnrolmentUpdate[] = [];
  const { write } = stores.enrolments;
  Object.assign(stores.enrolments, {
    write: (update: EnrolmentUpdate) => {
      updates.push(update);
      return write(update);
    },
  });
  const harness = await OperatorHarness.forAsync(persist, {
    clock,
    errors: persist.errors,
    retryStrategy: retryInPlace({ initialDelayMs: 100, jitter: 0 }),
  });
  return { stores, harness, tally: failures.tally, updates };
}

describe('persist', () => {
  test('writes the enrolment when the aggregates are acknowledged, not before', async () => {
    const { stores, harness } = await open();
    let acknowledge = (): void => {};
    stores.before = (call) =>
      call === 'aggregates.merge' ? new Promise<void>((resolve) => (acknowledge = resolve)) : undefined;
    await harness.processElement(computed());
    expect(stores.calls).toEqual(['aggregates.merge']);
    acknowledge();
    await harness.settled();
    expect(stores.calls).toEqual(['aggregates.merge', 'enrolments.write']);
  });

  test('progress: everything under the time of reading, status 1, nothing to tell', async () => {
    const { stores, harness, updates, tally } = await open();
    await harness.processElement(computed());
    expect(updates).toEqual([computed().update]);
    expect(stores.row(key)).toMatchObject({
      status: 1,
      completedon: null,
      progress: 3,
      datetime: NOW - 1,
      statusAt: READ_AT,
    });
    expect([...stores.counts.values()]).toEqual([
      { count: 3, updated: NOW - 1, at: READ_AT },
      { count: 3, updated: NOW - 1, at: READ_AT },
    ]);
    expect(harness.output()).toMatchObject([{ kind: 'settled', requests: [{ time: 7 }, { time: 8 }] }]);
    expect(harness.metrics.total('db-update-count')).toBe(3);
    expect(harness.metrics.total('enrolment-complete-count')).toBe(0);
    expect(tally.counts().completed).toBe(0);
  });

  test('a completion: status and completedon under the time of writing, and it is announced', async () => {
    const { harness, updates, tally } = await open();
    await harness.processElement(computed({ completion: { completedon: 7, write: 7 } }));
    expect(updates).toMatchObject([
      { readAt: READ_AT, completion: { completedon: 7, writtenAt: BigInt(NOW) * 1000n } },
    ]);
    expect(harness.output()).toMatchObject([{ kind: 'announcement', reason: 'completion', completedon: 7 }]);
    expect(harness.metrics.total('db-update-count')).toBe(4);
    expect(harness.metrics.total('enrolment-complete-count')).toBe(1);
    expect(tally.counts().completed).toBe(1);
  });

  test('the time of writing is later than a time of reading from the future', async () => {
    const { harness, updates } = await open();
    const readAt = BigInt(NOW) * 2000n;
    await harness.processElement(
      computed({ update: { ...computed().update, readAt }, completion: { completedon: 7, write: 7 } }),
    );
    expect(updates).toMatchObject([{ readAt, completion: { writtenAt: readAt + 1n } }]);
  });

  test('a stored completedon is kept and announced', async () => {
    const { stores, harness, updates } = await open(new FakeStores().enrol(key, { status: 2, completedon: 4 }));
    await harness.processElement(computed({ completion: { completedon: 4, write: undefined } }));
    expect(updates[0]?.completion?.completedon).toBeUndefined();
    expect(stores.row(key)).toMatchObject({ status: 2, completedon: 4 });
    expect(harness.output()).toMatchObject([{ kind: 'announcement', completedon: 4 }]);
  });

  test('the others of a replayed group are written and announced no second time', async () => {
    const { harness, tally } = await open();
    await harness.processElement(computed({ afterReplay: true, completion: { completedon: 4, write: undefined } }));
    expect(harness.output()).toMatchObject([{ kind: 'settled', afterReplay: true }]);
    expect(tally.counts().completed).toBe(1);
  });

  test('nothing is announced while the enrolment cannot be written; a retry writes the same values', async () => {
    const { stores, harness, updates } = await open();
    let down = true;
    stores.before = (call) => {
      if (down && call === 'enrolments.write') throw new Outage('timeout');
    };
    await harness.processElement(computed({ completion: { completedon: 7, write: 7 } }));
    expect(harness.output()).toEqual([]);
    expect(harness.retrying).toBe(1);
    down = false;
    await harness.advance(100);
    expect(harness.output()).toHaveLength(1);
    expect(stores.calls).toEqual(['aggregates.merge', 'enrolments.write', 'aggregates.merge', 'enrolments.write']);
    const [first, second] = updates;
    expect(second).toEqual({ ...first, completion: { completedon: 7, writtenAt: expect.anything() as unknown } });
  });

  test('a value that the table refuses fails every request of the group', async () => {
    const { stores, harness, tally } = await open();
    stores.before = () => {
      throw new RangeError('too large for an int');
    };
    await harness.processElement(computed());
    expect(harness.sideOutput(FAILED).map(failInfoOf)).toMatchObject([
      { code: 'ERR_PROCESSING', stage: 'persist', offset: '0' },
      { code: 'ERR_PROCESSING', stage: 'persist', offset: '1' },
    ]);
    expect(harness.output()).toEqual([]);
    expect(tally.counts()).toMatchObject({ failed: 2, completed: 0 });
  });

  test('what was not computed passes', async () => {
    const { stores, harness } = await open();
    const settled = { ...computed(), kind: 'settled' } as const;
    await harness.processElement(settled);
    expect(harness.output()).toEqual([settled]);
    expect(stores.calls).toEqual([]);
  });
});
