import { describe, expect, test } from '@jest/globals';

import { BoundedRetryPolicy } from './retry-policy.js';

const policy = new BoundedRetryPolicy();
const info = (nbRetry: number): Parameters<typeof policy.onUnavailable>[0] =>
  Object.assign(Object.create(null) as Parameters<typeof policy.onUnavailable>[0], { nbRetry });
const RETHROW = { decision: 0 };
const again = (useCurrentHost: boolean): object => ({ decision: 1, consistency: undefined, useCurrentHost });

describe('one request is tried again', () => {
  test('once on the next node when replicas are missing', () => {
    expect(policy.onUnavailable(info(0))).toEqual(again(false));
    expect(policy.onUnavailable(info(1))).toEqual(RETHROW);
  });

  test('once on the same node when a read had answers enough but no data', () => {
    expect(policy.onReadTimeout(info(0), 1, 2, 2, false)).toEqual(again(true));
    expect(policy.onReadTimeout(info(0), 1, 1, 2, false)).toEqual(RETHROW);
    expect(policy.onReadTimeout(info(0), 1, 2, 2, true)).toEqual(RETHROW);
    expect(policy.onReadTimeout(info(1), 1, 2, 2, false)).toEqual(RETHROW);
  });

  test('once when an idempotent write timed out', () => {
    expect(policy.onWriteTimeout(info(0))).toEqual(again(true));
    expect(policy.onWriteTimeout(info(1))).toEqual(RETHROW);
  });

  test('on two other nodes at most after a connection error', () => {
    expect([0, 1, 2, 3].map((tries) => policy.onRequestError(info(tries)).decision)).toEqual([1, 1, 0, 0]);
  });
});
