import { describe, expect, test } from '@jest/globals';
import { fixedDelayRetry, retryInPlace } from './async-retry-strategy.js';

describe('retryInPlace', () => {
  test('doubles the wait up to its bound', () => {
    const strategy = retryInPlace({ initialDelayMs: 100, maxDelayMs: 1_000, jitter: 0 });
    expect([1, 2, 3, 4, 5, 6, 2_000].map((attempt) => strategy.backoffMs(attempt))).toEqual([
      100, 200, 400, 800, 1_000, 1_000, 1_000,
    ]);
  });

  test('changes the wait by its jitter, both ways', () => {
    const waitAt = (random: number): number =>
      retryInPlace({ initialDelayMs: 1_000, jitter: 0.2, random: () => random }).backoffMs(1);
    expect([waitAt(0), waitAt(0.5), waitAt(0.999_999)]).toEqual([800, 1_000, 1_200]);
  });

  test('is bounded by time, not by number', () => {
    const strategy = retryInPlace({ timeoutMs: 1_000 });
    expect([strategy.canRetry(1_000, 999), strategy.canRetry(1, 1_000)]).toEqual([true, false]);
  });
});

test('fixedDelayRetry counts retries as Flink does: maxAttempts + 1 calls', () => {
  const strategy = fixedDelayRetry(2, 50);
  expect([1, 2, 3].map((attempts) => strategy.canRetry(attempts, 0))).toEqual([true, true, false]);
  expect(strategy.backoffMs(2)).toBe(50);
});
