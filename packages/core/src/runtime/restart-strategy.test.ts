import { describe, expect, test } from '@jest/globals';
import { RestartStrategies } from './restart-strategy.js';
import type { RestartStrategyFactory } from './restart-strategy.js';

/** The waits of a job that fails again `ranMs` after each restart. */
function delays(factory: RestartStrategyFactory, failures: number, ranMs: number): (number | undefined)[] {
  const strategy = factory();
  const waits: (number | undefined)[] = [];
  let now = 0;
  for (let n = 0; n < failures; n += 1) {
    const delay = strategy.next(now);
    waits.push(delay);
    now += (delay ?? 0) + ranMs;
  }
  return waits;
}

test('no restart: the first failure is the last', () => {
  expect(RestartStrategies.noRestart()().next(0)).toBeUndefined();
});

describe('fixed delay', () => {
  test('allows so many restarts, never given back by default', () => {
    expect(delays(RestartStrategies.fixedDelay(3, 1_000), 4, 86_400_000)).toEqual([1_000, 1_000, 1_000, undefined]);
  });

  test('gives them back after running long enough', () => {
    const strategy = RestartStrategies.fixedDelay(1, 1_000, { refillAfterMs: 60_000 });
    expect(delays(strategy, 4, 60_000)).toEqual([1_000, 1_000, 1_000, 1_000]);
    expect(delays(strategy, 2, 59_999)).toEqual([1_000, undefined]);
  });

  test('gives nothing back for the time it only waited', () => {
    expect(delays(RestartStrategies.fixedDelay(1, 60_000, { refillAfterMs: 30_000 }), 2, 1)).toEqual([
      60_000,
      undefined,
    ]);
  });
});

describe('exponential delay', () => {
  const example = { initialBackoffMs: 1_000, backoffMultiplier: 2, maxBackoffMs: 10_000 };

  test('waits as in the example of Flink’s documentation: 1, 2, 4, 8, 10, 10 s', () => {
    expect(delays(RestartStrategies.exponentialDelay({ ...example, jitterFactor: 0 }), 6, 1_000)).toEqual([
      1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
  });

  test('with jitter 0.1 waits 3.6 to 4.4 s at the third, as in the same example', () => {
    const third = (random: number): number | undefined =>
      delays(RestartStrategies.exponentialDelay({ ...example, random: () => random }), 3, 0)[2];
    expect([third(0), third(0.5), third(0.999_999_9)]).toEqual([3_600, 4_000, 4_400]);
  });

  test('has Flink’s defaults: 1 s, times 1.5, up to a minute, for ever', () => {
    const waits = delays(RestartStrategies.exponentialDelay({ random: () => 0.5 }), 1_000, 0);
    expect(waits.slice(0, 4)).toEqual([1_000, 1_500, 2_250, 3_375]);
    expect(waits.at(-1)).toBe(60_000);
  });

  test('begins anew after running for the threshold, waits not counted', () => {
    const options = { ...example, jitterFactor: 0, resetBackoffThresholdMs: 5_000 };
    expect(delays(RestartStrategies.exponentialDelay(options), 3, 5_000)).toEqual([1_000, 1_000, 1_000]);
    expect(delays(RestartStrategies.exponentialDelay(options), 6, 4_999)).toEqual([
      1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
  });

  test('ends where its attempts are used up, and has them back after the threshold', () => {
    const options = { ...example, jitterFactor: 0, attemptsBeforeResetBackoff: 2, resetBackoffThresholdMs: 5_000 };
    expect(delays(RestartStrategies.exponentialDelay(options), 3, 0)).toEqual([1_000, 2_000, undefined]);
    expect(delays(RestartStrategies.exponentialDelay(options), 4, 5_000)).toEqual([1_000, 1_000, 1_000, 1_000]);
  });
});

describe('failure rate', () => {
  const options = { maxFailuresPerInterval: 2, failureRateIntervalMs: 10_000, delayMs: 1_000 };

  test('restarts while no more failures than that come in any interval', () => {
    const strategy = RestartStrategies.failureRate(options)();
    expect([0, 4_000, 10_001, 14_002].map((at) => strategy.next(at))).toEqual([1_000, 1_000, 1_000, 1_000]);
  });

  test('ends with one too many', () => {
    const strategy = RestartStrategies.failureRate(options)();
    expect([0, 4_000, 10_000].map((at) => strategy.next(at))).toEqual([1_000, 1_000, undefined]);
  });
});

test('every run begins with a strategy of its own', () => {
  const factory = RestartStrategies.fixedDelay(1, 5);
  expect([factory().next(0), factory().next(0)]).toEqual([5, 5]);
});
