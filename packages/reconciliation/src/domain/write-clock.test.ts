import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createWriteClock } from './write-clock.js';

describe('the write clock', () => {
  test('gives the wall clock in microseconds', () => {
    expect(createWriteClock(() => 1683556693275).next(0n)).toBe(1683556693275000n);
  });

  test('strictly increases, also where the wall clock stands still or is set back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1_000, max: 1_010 }), { minLength: 2 }), (times) => {
        let now = 0;
        const clock = createWriteClock(() => now);
        let last = 0n;
        for (now of times) {
          const next = clock.next(0n);
          expect(next).toBeGreaterThan(last);
          last = next;
        }
      }),
    );
  });

  test('is larger than the writes of the row, and each row sees increasing timestamps', () => {
    const step = fc.record({ now: fc.nat(100), row: fc.nat(2), skew: fc.integer({ min: -50_000, max: 50_000 }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let now = 0;
        const clock = createWriteClock(() => now);
        const rows = [0n, 0n, 0n];
        for (const each of steps) {
          now = each.now;
          const stored = BigInt(Math.max(0, each.now * 1000 + each.skew));
          const after = stored > rows[each.row]! ? stored : rows[each.row]!;
          const next = clock.next(after);
          expect(next).toBeGreaterThan(after);
          rows[each.row] = next;
        }
      }),
    );
  });

  test('a row from the far future does not pull the other rows with it', () => {
    const clock = createWriteClock(() => 1_000);
    const future = 99_999_999_999_999n;
    expect(clock.next(future)).toBe(future + 1n);
    expect(clock.next(0n)).toBe(1_000_000n);
  });

  test('a wall clock with fractions is taken in whole milliseconds', () => {
    expect(createWriteClock(() => 1.9).next(0n)).toBe(1_000n);
  });
});
