import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OutputTag } from '@millrace/core';
import { OperatorHarness } from '@millrace/core/testing';

interface Element {
  readonly key: string;
  readonly n: number;
}
const keyOf = ({ key }: Element): string => key;

describe('keyed results, for any order of completion', () => {
  test('come in order per key, one call of a key at a time, never more than the capacity', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 20 }),
        fc.infiniteStream(fc.nat()),
        async (capacity, keys, picks) => {
          const running = new Map<string, () => void>();
          let overlapped = false;
          let most = 0;
          const harness = await OperatorHarness.forKeyedAsync<string, Element, string>(
            keyOf,
            {
              asyncInvoke: async ({ key, n }) => {
                if (running.has(key)) overlapped = true;
                await new Promise<void>((resolve) => {
                  running.set(key, resolve);
                  most = Math.max(most, running.size);
                });
                running.delete(key);
                return [`${key}${String(n)}`];
              },
            },
            { capacity },
          );
          keys.forEach((key, n) => harness.push({ key, n }));
          while (harness.settledInputs < keys.length) {
            const waiting = [...running.values()];
            waiting[picks.next().value! % waiting.length]?.();
            await new Promise((resolve) => setImmediate(resolve));
          }
          for (const key of new Set(keys)) {
            const expected = keys.flatMap((each, n) => (each === key ? [`${key}${String(n)}`] : []));
            expect(harness.output().filter((value) => value.startsWith(key))).toEqual(expected);
          }
          expect(overlapped).toBe(false);
          expect(most).toBeLessThanOrEqual(capacity);
        },
      ),
      { numRuns: 40 },
    );
  });
});

test('a call that timed out keeps its key until it comes back; other keys go on', async () => {
  const failed = new OutputTag<string>('failed');
  const answers: (() => void)[] = [];
  const started: string[] = [];
  const harness = await OperatorHarness.forKeyedAsync<string, Element, string>(
    keyOf,
    {
      asyncInvoke: ({ key, n }) => {
        started.push(`${key}${String(n)}`);
        return new Promise((resolve) => answers.push(() => resolve(['answer'])));
      },
    },
    {
      timeoutMs: 100,
      errors: { classify: () => 'event', onEventError: { tag: failed, make: ({ key, n }) => [`${key}${String(n)}`] } },
    },
  );
  harness.push({ key: 'a', n: 1 });
  harness.push({ key: 'a', n: 2 });
  await harness.advance(100);
  harness.push({ key: 'b', n: 3 });
  expect(harness.sideOutput(failed)).toEqual(['a1']);
  expect(started).toEqual(['a1', 'b3']);
  answers[0]?.();
  await harness.settled();
  expect(started).toEqual(['a1', 'b3', 'a2']);
  expect(harness.output()).toEqual([]);
});

test.each([
  ['throws', () => JSON.parse('{') as string],
  ['gives nothing', () => undefined as unknown as string],
  ['gives an object', () => ({}) as unknown as string],
])('a key selector that %s fails the attempt, and the element is not settled as done', async (_, selector) => {
  const harness = await OperatorHarness.forKeyedAsync<string, Element, string>(selector, {
    asyncInvoke: () => Promise.resolve(['x']),
  });
  await harness.processElement({ key: 'a', n: 1 });
  expect(harness.failures).toHaveLength(1);
  expect(harness.output()).toEqual([]);
});

test('closing gives up what waits and what runs', async () => {
  let calls = 0;
  const harness = await OperatorHarness.forKeyedAsync<string, Element, string>(keyOf, {
    asyncInvoke: (_, { signal }) => {
      calls += 1;
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(['late']));
      });
    },
  });
  harness.push({ key: 'a', n: 1 });
  harness.push({ key: 'a', n: 2 });
  await harness.close();
  await harness.settled();
  expect(calls).toBe(1);
  expect(harness.output()).toEqual([]);
  expect(harness.settledInputs).toBe(0);
});
