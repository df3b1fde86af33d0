import { describe, expect, test } from '@jest/globals';
import { retryInPlace } from '@millrace/core';
import { OperatorHarness } from '@millrace/core/testing';
import type { FilterOptions } from '../domain/filter.js';
import { coalesce } from '../domain/requests.js';
import type { Requests } from '../domain/requests.js';
import { FakeStores, Outage } from '../test-support/fake-stores.js';
import { request } from '../test-support/records.js';
import { failInfoOf, failureOptions } from '../test-support/stage-options.js';
import { FilterFunction } from './filter.js';
import { FAILED } from './tags.js';

const key = { userId: 'U', courseId: 'C', batchId: 'B' };
const on = { filterCompleted: true, certificateRecovery: false };
const off = { filterCompleted: false, certificateRecovery: false };
const group = (...times: [number, ...number[]]) =>
  coalesce(times.map((time, index) => request(time, index)) as unknown as Requests);

async function open(stores: FakeStores, options: FilterOptions, acknowledgeOutputs = true) {
  const failures = failureOptions();
  const filter = new FilterFunction(stores.enrolments, options, failures);
  const harness = await OperatorHarness.forAsync(filter, {
    errors: filter.errors,
    retryStrategy: retryInPlace({ initialDelayMs: 100, jitter: 0 }),
    acknowledgeOutputs,
  });
  return { harness, tally: failures.tally };
}

describe('filter completed enrolments', () => {
  test('no enrolment: skipped, once for the group', async () => {
    const { harness, tally } = await open(new FakeStores(), off);
    await harness.processElement(group(1, 2, 3));
    expect(harness.output()).toEqual([]);
    expect(tally.counts()).toMatchObject({ skipped: 1, coalesced: 2, processed: 0, failed: 0 });
    expect(harness.metrics.total('skipped-events-count')).toBe(1);
    expect(harness.metrics.total('db-read-count')).toBe(1);
  });

  test('an enrolment under way goes on with its row', async () => {
    const { harness } = await open(new FakeStores().enrol(key, { status: 1, restAt: 7n, statusAt: 9n }), on);
    await harness.processElement(group(1));
    expect(harness.output()).toMatchObject([
      { kind: 'recompute', afterReplay: false, row: { status: 1, lastWrite: 9n } },
    ]);
  });

  test('a completed enrolment is skipped with the filter and recomputed without', async () => {
    const stores = new FakeStores().enrol(key, { status: 2, completedon: 5 });
    const filtered = await open(stores, on);
    await filtered.harness.processElement(group(6));
    expect(filtered.harness.output()).toEqual([]);
    const unfiltered = await open(stores, off);
    await unfiltered.harness.processElement(group(6));
    expect(unfiltered.harness.output()).toMatchObject([{ kind: 'recompute' }]);
  });

  test('a replay is announced for the whole group with the filter on', async () => {
    const { harness } = await open(new FakeStores().enrol(key, { status: 2, completedon: 5 }), on);
    await harness.processElement(group(4, 5));
    expect(harness.output()).toMatchObject([{ kind: 'announcement', reason: 'replay', completedon: 5 }]);
    expect(harness.output()[0]?.requests).toHaveLength(2);
  });

  test('filter off: the others of a replayed group go on when the replay is acknowledged', async () => {
    const { harness } = await open(new FakeStores().enrol(key, { status: 2, completedon: 5 }), off, false);
    await harness.processElement(group(4, 5));
    expect(harness.output()).toMatchObject([{ kind: 'announcement', completedon: 5 }]);
    await harness.acknowledge();
    expect(harness.output()).toMatchObject([
      { kind: 'announcement', requests: [{ time: 5 }] },
      { kind: 'recompute', afterReplay: true, requests: [{ time: 4 }] },
    ]);
    expect(harness.settledInputs).toBe(0);
    await harness.acknowledge();
    expect(harness.settledInputs).toBe(1);
  });

  test('recovery asks for the certificate of a completion that has none', async () => {
    const stores = new FakeStores().enrol(key, { status: 2, completedon: 5 });
    const { harness } = await open(stores, { ...on, certificateRecovery: true });
    await harness.processElement(group(6));
    expect(harness.output()).toMatchObject([{ kind: 'announcement', reason: 'recovery', completedon: 5 }]);
  });

  test('an outage is waited out, nothing fails', async () => {
    const stores = new FakeStores().enrol(key);
    let down = true;
    stores.before = () => {
      if (down) throw new Outage('no hosts');
    };
    const { harness } = await open(stores, on);
    await harness.processElement(group(1));
    expect(harness.retrying).toBe(1);
    down = false;
    await harness.advance(100);
    expect(harness.output()).toHaveLength(1);
    expect(harness.sideOutput(FAILED)).toEqual([]);
    expect(harness.failures).toEqual([]);
  });

  test('a row that cannot be understood fails every request of the group, with the tries that were made', async () => {
    const stores = new FakeStores().enrol(key);
    const errors: Error[] = [new Outage('timeout'), new TypeError('status is no number')];
    stores.before = () => {
      throw errors.shift() ?? new Error('asked too often');
    };
    const { harness, tally } = await open(stores, on);
    await harness.processElement(group(1, 2));
    await harness.advance(100);
    expect(harness.sideOutput(FAILED).map(failInfoOf)).toMatchObject([
      { code: 'ERR_PROCESSING', error: 'status is no number', stage: 'filter', offset: '0', attempts: 2 },
      { code: 'ERR_PROCESSING', error: 'status is no number', stage: 'filter', offset: '1', attempts: 2 },
    ]);
    expect(tally.counts()).toMatchObject({ failed: 2, processed: 0, skipped: 0, coalesced: 0 });
  });
});
