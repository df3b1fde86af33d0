import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { missingWaitDelays } from './missing-wait.js';

describe('missingWaitDelays', () => {
  test.each([
    [5_000, [250, 500, 1_250, 3_000]],
    [0, []],
    [100, [100]],
    [1_000, [250, 500, 250]],
    [11_500, [250, 500, 1_250, 3_000, 3_000, 3_000, 500]],
  ])('%d ms', (total, expected) => {
    expect(missingWaitDelays(total)).toEqual(expected);
  });

  test('uses up the time, no more and no less, and never waits longer than 3 s', () => {
    fc.assert(
      fc.property(fc.nat(100_000), (total) => {
        const delays = missingWaitDelays(total);
        expect(delays.reduce((sum, delay) => sum + delay, 0)).toBe(total);
        for (const delay of delays) expect(delay).toBeLessThanOrEqual(3_000);
      }),
    );
  });
});
