import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  exponentialBackoffRetry,
  fixedDelayRetry,
  OperatorTimeoutError,
  OutputTag,
  RetryPredicates,
} from '@millrace/core';
import type { AsyncFunction, ErrorPolicy } from '@millrace/core';
import { asyncHarnessOf } from '../test-support/async-harness.js';

describe('flink 1.7 async I/O: retries', () => {
  const skip: ErrorPolicy<number> = { onEventError: 'skip' };

  test('ifResult: a result that is not wanted is asked for again, the last one passes through', async () => {
    let calls = 0;
    const fn: AsyncFunction<number, number> = { asyncInvoke: () => Promise.resolve(calls++ < 5 ? [] : [calls]) };
    const retryStrategy = fixedDelayRetry<number>(2, 10, { ifResult: RetryPredicates.emptyResult });
    const { harness, log } = await asyncHarnessOf('ordered', fn, { retryStrategy });
    await harness.processElement(1);
    await harness.advance(100);
    expect(calls).toBe(3);
    expect(log).toEqual([]);
    await harness.processElement(2);
    await harness.advance(100);
    expect(log).toEqual([6]);
    expect(harness.settledInputs).toBe(2);
  });

  test('ifException decides alone, whoever is to blame: maxAttempts counts retries, so there is one call more', async () => {
    const calls: number[] = [];
    const fn: AsyncFunction<number, number> = {
      asyncInvoke: (input) => {
        calls.push(input);
        return Promise.reject(new Error(input === 1 ? 'busy' : 'wrong'));
      },
    };
    const retryStrategy = fixedDelayRetry(2, 10, { ifException: (error) => (error as Error).message === 'busy' });
    const { harness } = await asyncHarnessOf('unordered', fn, { retryStrategy, errors: skip });
    await harness.processElement(1);
    await harness.processElement(2);
    await harness.advance(1_000);
    expect(calls).toEqual([1, 2, 1, 1]);
    expect(harness.settledInputs).toBe(2);
    const never = fixedDelayRetry(9, 10, { ifException: () => false });
    const infrastructure = await asyncHarnessOf('unordered', fn, {
      retryStrategy: never,
      errors: { classify: () => 'infrastructure' },
    });
    await infrastructure.harness.processElement(1);
    expect(infrastructure.harness.failures).toHaveLength(1);
  });

  test('exponential back-off: each delay is longer by the multiplier, up to its bound; elements do not share it', async () => {
    const at: [number, number][] = [];
    const { harness } = await asyncHarnessOf(
      'unordered',
      {
        asyncInvoke: (input) => {
          at.push([input, harness.clock.now()]);
          return Promise.reject(new Error('busy'));
        },
      },
      {
        retryStrategy: exponentialBackoffRetry(
          4,
          { initialDelayMs: 100, maxDelayMs: 500, multiplier: 2 },
          { ifException: RetryPredicates.hasException },
        ),
        errors: skip,
      },
    );
    harness.push(1);
    await harness.advance(250);
    harness.push(2);
    await harness.advance(5_000);
    const of = (input: number): number[] => at.filter(([each]) => each === input).map(([, time]) => time);
    expect(of(1)).toEqual([0, 100, 300, 700, 1_200]);
    expect(of(2)).toEqual([250, 350, 550, 950, 1_450]);
  });

  test.each([
    ['a negative number of retries', () => fixedDelayRetry(-1, 10)],
    ['a delay that is no number', () => fixedDelayRetry(1, Number.NaN)],
    ['a multiplier below 1', () => exponentialBackoffRetry(1, { initialDelayMs: 1, maxDelayMs: 1, multiplier: 0.5 })],
  ])('%s is refused', (_, create) => {
    expect(create).toThrow(RangeError);
  });

  test.each(['ordered', 'unordered', 'keyed'] as const)(
    '%s: an element that waits for a retry counts against the capacity',
    async (mode) => {
      const calls: number[] = [];
      const { harness, log } = await asyncHarnessOf(
        mode,
        {
          asyncInvoke: (input) => {
            calls.push(input);
            return calls.length === 1 ? Promise.reject(new Error('busy')) : Promise.resolve([input]);
          },
        },
        { capacity: 1, retryStrategy: fixedDelayRetry(1, 1_000, { ifException: RetryPredicates.hasException }) },
      );
      await harness.processElement(1);
      await harness.processElement(2);
      expect(calls).toEqual([1]);
      await harness.advance(1_000);
      expect(calls).toEqual([1, 1, 2]);
      expect(log).toEqual([1, 2]);
    },
  );

  test.each(['ordered', 'unordered', 'keyed'] as const)(
    '%s, end of input: what waits for a retry is tried once more at once, then nothing is tried again',
    async (mode) => {
      const calls: number[] = [];
      const { harness } = await asyncHarnessOf(
        mode,
        {
          asyncInvoke: (input) => {
            calls.push(input);
            return Promise.reject(new Error('busy'));
          },
        },
        {
          retryStrategy: fixedDelayRetry(100, 60_000, { ifException: RetryPredicates.hasException }),
          errors: skip,
        },
      );
      for (const n of [1, 2]) await harness.processElement(n);
      expect(calls).toEqual([1, 2]);
      await harness.endInput();
      expect(calls).toEqual([1, 2, 1, 2]);
      expect(harness.settledInputs).toBe(2);
      expect(harness.clock.pendingTimers).toBe(0);
    },
  );
});

describe('flink 1.7 async I/O: timeouts', () => {
  test('timeout() gives the result in the place of the error; it can emit to side outputs', async () => {
    const late = new OutputTag<number>('late');
    const signals: boolean[] = [];
    const { harness, log } = await asyncHarnessOf(
      'ordered',
      {
        asyncInvoke: () => new Promise(() => undefined),
        timeout: (input, context) => {
          signals.push(context.signal.aborted);
          context.output(late, input);
          return Promise.resolve([-input]);
        },
      },
      { timeoutMs: 100 },
    );
    await harness.processElement(7);
    await harness.advance(100);
    expect(log).toEqual([-7]);
    expect(harness.sideOutput(late)).toEqual([7]);
    expect(signals).toEqual([false]);
    expect(harness).toMatchObject({ failures: [], settledInputs: 1 });
  });

  test('timeout() that rejects ends the element with that error, without a retry', async () => {
    let calls = 0;
    const errors: unknown[] = [];
    const { harness } = await asyncHarnessOf(
      'unordered',
      {
        asyncInvoke: () => {
          calls += 1;
          return new Promise(() => undefined);
        },
        timeout: () => Promise.reject(new Error('too late')),
      },
      {
        timeoutMs: 100,
        retryStrategy: fixedDelayRetry(9, 1, { ifException: RetryPredicates.hasException }),
        errors: {
          onEventError: {
            tag: new OutputTag<string>('failed'),
            make: (_, error) => {
              errors.push(error);
              return [];
            },
          },
        },
      },
    );
    await harness.processElement(1);
    await harness.advance(10_000);
    expect(errors).toEqual([new Error('too late')]);
    expect(calls).toBe(1);
    expect(harness.settledInputs).toBe(1);
  });

  test('the time counts from the first call, all retries included', async () => {
    let calls = 0;
    const { harness, log } = await asyncHarnessOf(
      'unordered',
      {
        asyncInvoke: () => {
          calls += 1;
          return Promise.reject(new Error('busy'));
        },
        timeout: (input) => Promise.resolve([input]),
      },
      {
        timeoutMs: 1_000,
        retryStrategy: fixedDelayRetry(1_000, 300, { ifException: RetryPredicates.hasException }),
      },
    );
    await harness.processElement(1);
    await harness.advance(999);
    expect([calls, log]).toEqual([4, []]);
    await harness.advance(1);
    expect(log).toEqual([1]);
    await harness.advance(10_000);
    expect(calls).toBe(4);
  });

  test.each(['ordered', 'unordered', 'keyed'] as const)(
    '%s, timeout during a retry (FLINK-40456): whatever coincides, every element ends exactly once',
    async (mode) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              // Multiples of 10, so that answers, retries and the timeout fall on the same moment.
              answers: fc.array(fc.record({ afterMs: fc.nat({ max: 3 }).map((n) => n * 10), ok: fc.boolean() }), {
                minLength: 1,
                maxLength: 4,
              }),
              timeoutAfterMs: fc.nat({ max: 2 }).map((n) => n * 10),
              timeoutOk: fc.boolean(),
            }),
            { minLength: 1, maxLength: 5 },
          ),
          fc.constantFrom(0, 10, 20),
          async (elements, backoffMs) => {
            const tries = elements.map(() => 0);
            const after = (ms: number, ok: boolean, value: number): Promise<number[]> =>
              new Promise((resolve, reject) => {
                harness.clock.setTimer(ms, () => {
                  if (ok) resolve([value]);
                  else reject(new Error('busy'));
                });
              });
            const { harness, log } = await asyncHarnessOf(
              mode,
              {
                asyncInvoke: (input) => {
                  const { answers } = elements[input]!;
                  const answer = answers[Math.min(tries[input]!++, answers.length - 1)]!;
                  return after(answer.afterMs, answer.ok, input);
                },
                timeout: (input) => after(elements[input]!.timeoutAfterMs, elements[input]!.timeoutOk, input),
              },
              {
                timeoutMs: 30,
                capacity: 2,
                retryStrategy: fixedDelayRetry(3, backoffMs, { ifException: RetryPredicates.hasException }),
                errors: { onEventError: 'skip' },
              },
            );
            for (const input of elements.keys()) harness.push(input);
            await harness.advance(2_000);
            expect(harness.settledInputs).toBe(elements.length);
            expect(new Set(log).size).toBe(log.length);
            expect(harness.failures).toEqual([]);
            expect(harness.retrying).toBe(0);
            expect(harness.clock.pendingTimers).toBe(0);
          },
        ),
        { numRuns: 40 },
      );
    },
  );

  test('without timeout() the element fails with an OperatorTimeoutError, which fails the attempt', async () => {
    const { harness } = await asyncHarnessOf(
      'ordered',
      { asyncInvoke: () => new Promise(() => undefined) },
      { timeoutMs: 5 },
    );
    await harness.processElement(1);
    await harness.advance(5);
    expect(harness.failures).toMatchObject([{ cause: expect.any(OperatorTimeoutError) }]);
  });
});
