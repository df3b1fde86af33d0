import { expect, test } from '@jest/globals';
import { asyncStage } from './recompute.js';

test('however long an outage was, a stage has tried again 2.4 s after its end', () => {
  const { retryStrategy } = asyncStage({ maxInFlight: 128, retryTimeoutMs: 600_000 });
  const pauses = Array.from({ length: 100 }, (_, n) => retryStrategy.backoffMs(n + 1));
  expect(pauses[0]).toBeLessThanOrEqual(120);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(2_400);
  expect(retryStrategy.canRetry(100, 599_999)).toBe(true);
});
