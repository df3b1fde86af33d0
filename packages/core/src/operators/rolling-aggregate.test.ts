import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DataStream } from '@millrace/core';
import { OperatorHarness } from '@millrace/core/testing';

interface Sack {
  readonly grain: string;
  readonly kilos: number;
  readonly note: string;
}

const sack = (grain: string, kilos: number, note = ''): Sack => ({ grain, kilos, note });

async function through<T, OUT>(
  elements: readonly T[],
  build: (stream: DataStream<T>) => DataStream<OUT>,
): Promise<readonly OUT[]> {
  const harness = await OperatorHarness.forStream(build);
  for (const element of elements) harness.push(element);
  await harness.settled();
  expect(harness.failures).toEqual([]);
  return harness.output();
}

describe('flink 1.2 rolling reduce', () => {
  test('emits the new value for every element, the first as it is, each key for itself', async () => {
    const out = await through(['ab', 'x', 'ac', 'ad', 'y'], (words) =>
      words.keyBy((word) => word.length).reduce((all, word) => `${all}${word}`.slice(0, all.length), { uid: 'r' }),
    );
    expect(out).toEqual(['ab', 'x', 'ab', 'ab', 'x']);
    const joined = await through(['a1', 'b1', 'a2'], (words) =>
      words.keyBy((word) => word.charAt(0)).reduce((all, word) => `${all}+${word}`, { uid: 'r' }),
    );
    expect(joined).toEqual(['a1', 'b1', 'a1+a2']);
  });

  test('keeps one value a key, which a restore brings back', async () => {
    const build = (numbers: DataStream<number>): DataStream<number> =>
      numbers.keyBy((n) => n % 2).reduce((sum, n) => sum + n, { uid: 'sum' });
    const before = await OperatorHarness.forStream(build);
    for (const n of [1, 2, 3]) await before.processElement(n);
    expect(before.numKeyedStateEntries()).toBe(2);
    const after = await OperatorHarness.forStream(build, { restore: await before.snapshot() });
    await after.processElement(5);
    expect(after.output()).toEqual([9]);
  });
});

describe('flink 1.2 rolling sum, min, max', () => {
  const sacks = [sack('rye', 5, 'first'), sack('rye', 2, 'second'), sack('oats', 1), sack('rye', 9, 'third')];
  const rye = (kilos: number): Sack => sack('rye', kilos, 'first');

  test('of a field: the key’s first element with the aggregate in that field', async () => {
    const oats = sack('oats', 1);
    const byGrain = (each: Sack): string => each.grain;
    expect(await through(sacks, (s) => s.keyBy(byGrain).sum('kilos', { uid: 'a' }))).toEqual([
      rye(5),
      rye(7),
      oats,
      rye(16),
    ]);
    expect(await through(sacks, (s) => s.keyBy(byGrain).min('kilos', { uid: 'a' }))).toEqual([
      rye(5),
      rye(2),
      oats,
      rye(2),
    ]);
    expect(await through(sacks, (s) => s.keyBy(byGrain).max('kilos', { uid: 'a' }))).toEqual([
      rye(5),
      rye(5),
      oats,
      rye(9),
    ]);
  });

  test('of a function: the aggregate itself', async () => {
    const one = (): string => '';
    expect(await through(sacks, (s) => s.keyBy(one).sum((each) => each.kilos, { uid: 'a' }))).toEqual([5, 7, 8, 17]);
    expect(await through(sacks, (s) => s.keyBy(one).min((each) => each.kilos, { uid: 'a' }))).toEqual([5, 2, 1, 1]);
    expect(await through(sacks, (s) => s.keyBy(one).max((each) => each.grain, { uid: 'a' }))).toEqual([
      'rye',
      'rye',
      'rye',
      'rye',
    ]);
    const big = await through([1n, 2n ** 70n], (s) => s.keyBy(one).sum((n) => n, { uid: 'a' }));
    expect(big).toEqual([1n, 2n ** 70n + 1n]);
  });

  test('dates compare by time, NaN is the largest number', async () => {
    const dates = [new Date(5), new Date(3), new Date(4)];
    expect(await through(dates, (s) => s.keyBy(() => '').min((date) => date, { uid: 'a' }))).toEqual([
      new Date(5),
      new Date(3),
      new Date(3),
    ]);
    const numbers = [NaN, 1, NaN];
    expect(await through(numbers, (s) => s.keyBy(() => '').min((n) => n, { uid: 'a' }))).toEqual([NaN, 1, 1]);
    expect(await through(numbers, (s) => s.keyBy(() => '').max((n) => n, { uid: 'a' }))).toEqual([NaN, NaN, NaN]);
  });
});

describe('flink 1.2 rolling minBy, maxBy', () => {
  const sacks = [sack('rye', 5, '1'), sack('rye', 5, '2'), sack('rye', 3, '3'), sack('rye', 3, '4')];
  const notes = async (build: (s: DataStream<Sack>) => DataStream<Sack>): Promise<string> =>
    (await through(sacks, build)).map((each) => each.note).join('');

  test('give the whole element; of several with the same value the first, or with first: false the last', async () => {
    const by = (each: Sack): string => each.grain;
    expect(await notes((s) => s.keyBy(by).minBy('kilos', { uid: 'a' }))).toBe('1133');
    expect(await notes((s) => s.keyBy(by).minBy('kilos', { uid: 'a', first: false }))).toBe('1234');
    expect(await notes((s) => s.keyBy(by).maxBy((each) => each.kilos, { uid: 'a' }))).toBe('1111');
    expect(await notes((s) => s.keyBy(by).maxBy((each) => each.kilos, { uid: 'a', first: false }))).toBe('1222');
  });

  test('property: as a scan over all elements of the key so far', async () => {
    const elements = fc.array(
      fc.record({ key: fc.integer({ min: 0, max: 2 }), value: fc.integer({ min: 0, max: 4 }) }),
    );
    await fc.assert(
      fc.asyncProperty(elements, fc.boolean(), fc.boolean(), async (list, isMin, first) => {
        const numbered = list.map((each, id) => ({ ...each, id }));
        const out = await through(numbered, (s) => {
          const keyed = s.keyBy((each) => each.key);
          return isMin ? keyed.minBy('value', { uid: 'a', first }) : keyed.maxBy('value', { uid: 'a', first });
        });
        const expected = numbered.map((now) => {
          const soFar = numbered.slice(0, now.id + 1).filter((each) => each.key === now.key);
          const best = (isMin ? Math.min : Math.max)(...soFar.map((each) => each.value));
          const bests = soFar.filter((each) => each.value === best);
          return first ? bests[0] : bests.at(-1);
        });
        expect(out).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});
