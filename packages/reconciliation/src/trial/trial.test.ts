import { describe, expect, test } from '@jest/globals';
import { systemClock } from '@millrace/core';
import type { SyncRequest } from '../domain/model.js';
import { classify, FakeStores, Outage } from '../test-support/fake-stores.js';
import { request } from '../test-support/records.js';
import { defaults } from '../test-support/stage-options.js';
import { tryRequest } from './trial.js';
import type { Verdict } from './verdict.js';
import { verdictOf } from './verdict.js';

const key = { userId: 'U', courseId: 'C', batchId: 'B' };
const NOW = 1_763_800_000_000;
const BEFORE = Date.UTC(2025, 10, 13, 2, 13, 20);

async function verdict(
  stores: FakeStores,
  over: Partial<typeof defaults> = {},
  asked: SyncRequest = request(NOW),
): Promise<Verdict> {
  const options = { ...defaults, missingWaitMs: 0, ...over };
  const trial = await tryRequest(
    asked,
    { stores, options, classify, clock: systemClock },
    new AbortController().signal,
  );
  return verdictOf(trial);
}

function world(): FakeStores {
  return new FakeStores().course('C', { 'unit 1': ['a', 'b'], 'unit 2': ['c'] });
}

describe('what a request would do, and the rule that decides it', () => {
  test('not enrolled', async () => {
    expect(await verdict(world())).toMatchObject({
      ...{ outcome: 'skipped', rule: 'no-enrolment', certificate: false },
      text: 'skipped: not enrolled, there is no row in user_enrolments',
    });
  });

  test('completed before, with and without a certificate', async () => {
    const skipped = { outcome: 'skipped', rule: 'completed-before', certificate: false, audit: false };
    const row = { status: 2, completedon: BEFORE };
    expect(await verdict(world().enrol(key, { ...row, certificateCount: 1 }))).toMatchObject({
      ...skipped,
      text: 'skipped: complete since 2025-11-13T02:13:20.000Z, certificate issued',
    });
    expect(await verdict(world().enrol(key, row))).toMatchObject({
      ...skipped,
      text: 'skipped: complete since 2025-11-13T02:13:20.000Z, no certificate issued',
    });
    expect((await verdict(world().enrol(key, { status: 2 }))).text).toMatch(/complete since a time that is not stored/);
  });

  test('completed before, certificate recovery', async () => {
    const stores = world().enrol(key, { status: 2, completedon: BEFORE });
    expect(await verdict(stores, { certificateRecovery: true })).toMatchObject({
      ...{ outcome: 'recovers', rule: 'certificate-recovery', certificate: true, audit: false, completedon: BEFORE },
    });
  });

  test('completed by this very request', async () => {
    const stores = world().enrol(key, { status: 2, completedon: NOW });
    expect(await verdict(stores)).toMatchObject({
      ...{ outcome: 'repeats', rule: 'replay', certificate: true, audit: true, completedon: NOW },
    });
  });

  test('all required contents completed', async () => {
    const stores = world().enrol(key).consume(key, { a: 2, b: 2, c: 2 });
    expect(await verdict(stores)).toMatchObject({
      ...{ outcome: 'completes', rule: 'required-contents', text: 'would complete: 3 of 3' },
      ...{ certificate: true, audit: true, completedon: NOW, required: 3, completed: 3 },
    });
    expect(stores.row(key).status).toBe(0);
  });

  test('completed before and still, filter off', async () => {
    const stores = world().enrol(key, { status: 2, completedon: BEFORE }).consume(key, { a: 2, b: 2, c: 2 });
    expect(await verdict(stores, { filterCompleted: false })).toMatchObject({
      ...{ outcome: 'completes', certificate: true, completedon: BEFORE },
      text: 'would complete it once more: 3 of 3, complete since 2025-11-13T02:13:20.000Z',
    });
  });

  test('completed before and no more, filter off', async () => {
    const stores = world().enrol(key, { status: 2, completedon: BEFORE }).consume(key, { a: 2 });
    expect(await verdict(stores, { filterCompleted: false })).toMatchObject({
      ...{ outcome: 'under-way', certificate: false },
      text: 'would not complete: 1 of 3 required contents completed; status goes back from 2 to 1',
    });
  });

  test('a required content missing', async () => {
    const stores = world().enrol(key).consume(key, { a: 2, b: 1 });
    expect(await verdict(stores)).toMatchObject({
      ...{ outcome: 'under-way', rule: 'required-contents', required: 3, completed: 1 },
      text: 'would not complete: 1 of 3 required contents completed',
    });
  });

  test('all optional', async () => {
    const stores = world().enrol(key).consume(key, { a: 1 });
    stores.optionalNodes.set('["C","C"]', ['a', 'b', 'c']);
    expect(await verdict(stores)).toMatchObject({ outcome: 'under-way', rule: 'all-optional' });
    expect((await verdict(stores.consume(key, { b: 2 }))).text).toBe(
      'would complete: all 3 contents are optional, 1 completed',
    );
  });

  test('nothing consumed', async () => {
    expect(await verdict(world().enrol(key))).toMatchObject({ outcome: 'nothing-consumed', rule: 'no-consumption' });
  });

  test.each([
    ['Live', 'ERR_LEAF_NODES_MISSING', 'collection Live'],
    ['Retired', 'ERR_COLLECTION_RETIRED', 'collection Retired'],
    [undefined, 'ERR_COLLECTION_UNKNOWN', 'collection unknown to the search service'],
  ] as const)('no leaf nodes, %s', async (status, code, said) => {
    const stores = new FakeStores().enrol(key).consume(key, { a: 2 });
    if (status !== undefined) stores.statuses.set('C', status);
    expect(await verdict(stores)).toMatchObject({
      ...{ outcome: 'fails', rule: 'failure', text: `would fail: ${code}, ${said}` },
      failure: { code, stage: 'aggregate' },
    });
  });

  test('no leaf nodes, and a search service that cannot be asked', async () => {
    const stores = new FakeStores().enrol(key);
    stores.before = (call) => {
      if (call === 'collections.status') throw new Outage('no answer');
    };
    expect(await verdict(stores)).toMatchObject({
      ...{ outcome: 'fails', failure: { code: 'ERR_LEAF_NODES_MISSING' } },
      text: 'would fail: ERR_LEAF_NODES_MISSING, the search service could not be asked',
    });
  });

  test.each(['enrolments.read', 'consumption.read'])('a value of the wrong type met by %s', async (where) => {
    const stores = world().enrol(key).consume(key, { a: 2 });
    stores.before = (call) => {
      if (call === where) throw new Error('user_enrolments.status: is not a whole number');
    };
    expect(await verdict(stores)).toMatchObject({
      ...{ outcome: 'fails', failure: { code: 'ERR_PROCESSING' } },
      text: 'would fail: ERR_PROCESSING, user_enrolments.status: is not a whole number',
    });
  });
});

test('an outage is no verdict', async () => {
  const stores = world().enrol(key);
  stores.before = () => {
    throw new Outage('Cassandra is away');
  };
  await expect(verdict(stores)).rejects.toThrow('Cassandra is away');
});

test('nothing is written', async () => {
  const stores = world().enrol(key).consume(key, { a: 2, b: 2, c: 2 });
  await verdict(stores);
  expect(stores.calls.filter((call) => /write|merge/.test(call))).toEqual([]);
});
