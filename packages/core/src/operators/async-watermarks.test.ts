import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asyncHarnessOf, EchoService } from '../test-support/async-harness.js';
import type { AsyncMode } from '../test-support/async-harness.js';
import { UnorderedResults } from './async-results.js';
import type { Segment } from './async-results.js';

interface Call {
  segment: Segment<Call> | undefined;
}

describe('flink 1.7 async I/O: watermarks', () => {
  test('ordered: watermarks stay in their place among the elements', async () => {
    const service = new EchoService();
    const { harness, log } = await asyncHarnessOf('ordered', service.fn);
    harness.push(1);
    await harness.processWatermark(10);
    harness.push(2);
    await harness.processWatermark(20);
    service.answer(2);
    await harness.settled();
    expect(log).toEqual([]);
    service.answer(1);
    await harness.settled();
    expect(log).toEqual([1, 'w10', 2, 'w20']);
  });

  test.each(['unordered', 'keyed'] as const)(
    '%s: results never cross a watermark, in either direction',
    async (mode) => {
      const service = new EchoService();
      const { harness, log } = await asyncHarnessOf(mode, service.fn);
      for (const n of [1, 2]) harness.push(n);
      await harness.processWatermark(10);
      for (const n of [3, 4]) harness.push(n);
      await harness.settled();
      expect(service.started).toEqual([1, 2, 3, 4]);
      service.answer(4);
      service.answer(2);
      await harness.settled();
      expect(log).toEqual([2]);
      service.answer(1);
      await harness.settled();
      expect(log).toEqual([2, 1, 'w10', 4]);
      service.answer(3);
      await harness.settled();
      expect(log).toEqual([2, 1, 'w10', 4, 3]);
    },
  );

  test.each(['ordered', 'unordered', 'keyed'] as const)(
    '%s: a watermark passes at once where nothing is worked on; idleness waits for the elements before it',
    async (mode) => {
      const service = new EchoService();
      const { harness, log } = await asyncHarnessOf(mode, service.fn);
      await harness.processWatermark(5);
      expect(log).toEqual(['w5']);
      harness.push(1);
      await harness.markIdle();
      expect(log).toEqual(['w5']);
      service.answer(1);
      await harness.settled();
      expect(log).toEqual(['w5', 1, 'idle']);
    },
  );

  test.each(['ordered', 'unordered'] as const)(
    '%s: an element that waits for a place holds back the watermark behind it too',
    async (mode) => {
      const service = new EchoService();
      const { harness, log } = await asyncHarnessOf(mode, service.fn, { capacity: 1 });
      for (const n of [1, 2]) harness.push(n);
      await harness.processWatermark(10);
      expect(service.started).toEqual([1]);
      service.answer(1);
      await harness.settled();
      expect(log).toEqual([1]);
      service.answer(2);
      await harness.settled();
      expect(log).toEqual([1, 2, 'w10']);
    },
  );

  /** What must be out, computed anew from what came and what was answered. */
  function expectedOf(mode: AsyncMode, arrived: readonly (number | string)[], answered: readonly number[]): unknown[] {
    const expected: (number | string)[] = [];
    if (mode === 'ordered') {
      for (const each of arrived) {
        if (typeof each === 'number' && !answered.includes(each)) break;
        expected.push(each);
      }
      return expected;
    }
    let segment: number[] = [];
    const done = (): number[] => answered.filter((each) => segment.includes(each));
    for (const each of arrived) {
      if (typeof each === 'number') segment.push(each);
      else {
        expected.push(...done());
        if (done().length < segment.length) return expected;
        expected.push(each);
        segment = [];
      }
    }
    return [...expected, ...done()];
  }

  test.each(['ordered', 'unordered', 'keyed'] as const)(
    '%s: equals a naive model after every step, for random elements, watermarks, answers and capacities',
    async (mode) => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 4 }),
          fc.array(fc.constantFrom('element', 'element', 'watermark', 'answer', 'answer'), { maxLength: 25 }),
          fc.infiniteStream(fc.nat()),
          async (capacity, steps, picks) => {
            const service = new EchoService();
            const { harness, log } = await asyncHarnessOf(mode, service.fn, { capacity });
            const arrived: (number | string)[] = [];
            const answered: number[] = [];
            let next = 0;
            let watermark = 0;
            const answer = async (): Promise<void> => {
              const pick = picks.next().value as number;
              const input = service.open[pick % service.open.length];
              if (input === undefined) return;
              answered.push(input);
              service.answer(input);
              await harness.settled();
            };
            for (const step of steps) {
              if (step === 'element') {
                arrived.push(next);
                await harness.processElement(next);
                next += 1;
              } else if (step === 'watermark') {
                watermark += 10;
                arrived.push(`w${String(watermark)}`);
                await harness.processWatermark(watermark);
              } else await answer();
              expect(log).toEqual(expectedOf(mode, arrived, answered));
            }
            while (service.open.length > 0) await answer();
            expect(log).toEqual(expectedOf(mode, arrived, answered));
            expect(harness.settledInputs).toBe(next);
          },
        ),
        { numRuns: 30 },
      );
    },
  );

  test('a result that is not known (given up meanwhile) changes nothing', () => {
    const out: Call[] = [];
    const results = new UnorderedResults<Call>((call) => out.push(call));
    results.ended({ segment: undefined });
    expect(out).toEqual([]);
  });
});
