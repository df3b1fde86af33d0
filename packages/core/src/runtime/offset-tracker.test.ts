import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OffsetTracker } from './offset-tracker.js';
import type { TrackedRecord } from './offset-tracker.js';

/** What the position must be, worked out anew from everything that is known. */
function naive(
  start: number | undefined,
  records: readonly TrackedRecord[],
  next: number | undefined,
): number | undefined {
  return records.find((record) => !record.isSettled)?.position ?? next ?? start;
}

describe('an offset tracker', () => {
  test('agrees with a naive model, in whatever order records settle and wherever the log has gaps', () => {
    fc.assert(
      fc.property(
        fc.option(fc.nat(50), { nil: undefined }),
        fc.array(
          fc.record({
            chunk: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 6 }),
            gap: fc.nat(3),
            settle: fc.array(fc.nat(), { maxLength: 8 }),
          }),
          { maxLength: 40 },
        ),
        (start, steps) => {
          const tracker = new OffsetTracker(start);
          const records: TrackedRecord[] = [];
          let next = start;
          for (const { chunk, gap, settle } of steps) {
            for (const distance of chunk) {
              const record = { position: (next ?? 50) + distance - 1, isSettled: false };
              next = record.position + 1;
              records.push(record);
              tracker.add(record);
            }
            if (next !== undefined) {
              next += gap;
              tracker.advance(next);
            }
            for (const pick of settle) {
              const open = records.filter((record) => !record.isSettled);
              const record = open[pick % Math.max(1, open.length)];
              if (record !== undefined) tracker.settle(record);
              expect(tracker.settledPosition).toBe(naive(start, records, next));
            }
            expect(tracker.settledPosition).toBe(naive(start, records, next));
            expect(tracker.nextPosition).toBe(next);
          }
        },
      ),
    );
  });

  test.each([900, 3_000, 10_000])(
    'keeps its place behind a slow record with %i others behind it, and after that',
    (count) => {
      const tracker = new OffsetTracker(0);
      const add = (position: number): TrackedRecord => {
        const record = { position, isSettled: false };
        tracker.add(record);
        return record;
      };
      for (const round of [0, 1, 2]) {
        const begin = round * (count + 1);
        const slow = add(begin);
        const others = Array.from({ length: count }, (_, index) => add(begin + 1 + index));
        for (const each of others.slice(0, -10)) tracker.settle(each);
        expect([tracker.settledPosition, tracker.length]).toEqual([begin, count + 1]);
        tracker.settle(slow);
        expect([tracker.settledPosition, tracker.length]).toEqual([begin + count - 9, 10]);
        for (const each of others.slice(-10).reverse()) tracker.settle(each);
        expect([tracker.settledPosition, tracker.length]).toEqual([begin + count + 1, 0]);
      }
    },
  );

  test('knows no position before the first chunk of a split without a start', () => {
    const tracker = new OffsetTracker(undefined);
    expect(tracker.settledPosition).toBeUndefined();
    tracker.advance(7);
    expect(tracker.settledPosition).toBe(7);
  });

  test('goes on over a gap at the end only when everything before it is settled', () => {
    const tracker = new OffsetTracker(0);
    const record = { position: 0, isSettled: false };
    tracker.add(record);
    tracker.advance(100);
    expect(tracker.settledPosition).toBe(0);
    tracker.settle(record);
    expect(tracker.settledPosition).toBe(100);
  });

  test('never goes back', () => {
    const tracker = new OffsetTracker(10);
    tracker.advance(5);
    expect(tracker.settledPosition).toBe(10);
  });

  test('gives back the memory of what is settled', () => {
    const tracker = new OffsetTracker(0);
    for (let position = 0; position < 100_000; position += 1) {
      const record = { position, isSettled: false };
      tracker.add(record);
      tracker.settle(record);
    }
    expect(tracker.length).toBe(0);
    expect(tracker.settledPosition).toBe(100_000);
  });
});
