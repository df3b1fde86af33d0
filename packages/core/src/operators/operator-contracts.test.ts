import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OperatorFailure, OutputTag } from '@millrace/core';
import type { DataStream } from '@millrace/core';
import { OperatorHarness, TwoInputOperatorHarness } from '@millrace/core/testing';

const parity = (n: number): number => n % 2;

/** Ways through one operator that change no element. */
const ways: readonly (readonly [string, (numbers: DataStream<number>, uid: string) => DataStream<number>])[] = [
  ['map', (numbers) => numbers.map((n) => n)],
  ['filter', (numbers) => numbers.filter(() => true)],
  ['flatMap', (numbers) => numbers.flatMap<number>((n, out) => out.collect(n))],
  ['process', (numbers) => numbers.process<number>({ processElement: (n, _context, out) => out.collect(n) })],
  [
    'keyed process',
    (numbers, uid) =>
      numbers.keyBy(parity).process<number>({ processElement: (n, _context, out) => out.collect(n) }, { uid }),
  ],
  ['reduce', (numbers, uid) => numbers.keyBy(parity).reduce((_before, n) => n, { uid })],
  ['connect', (numbers) => numbers.connect(numbers.filter(() => false)).map({ map1: (n) => n, map2: (n) => n })],
  ['forward', (numbers) => numbers.forward()],
];

describe('flink 1.1 contracts of operators', () => {
  test('elements keep their order and their timestamps, through any operators', async () => {
    const elements = fc.array(fc.tuple(fc.integer(), fc.option(fc.integer(), { nil: undefined })), { maxLength: 20 });
    const path = fc.array(fc.nat(ways.length - 1), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(elements, path, async (list, steps) => {
        const harness = await OperatorHarness.forStream<number, number>((numbers) =>
          steps.reduce<DataStream<number>>((stream, step, n) => ways[step]![1](stream, `place ${String(n)}`), numbers),
        );
        for (const [value, timestamp] of list) harness.push(value, timestamp);
        await harness.settled();
        expect(harness.records()).toEqual(list.map(([value, timestamp]) => ({ value, timestamp })));
      }),
      { numRuns: 60 },
    );
  });

  test.each(ways)('%s passes watermarks on, behind the elements that came before them', async (_, build) => {
    const seen: string[] = [];
    const harness = await OperatorHarness.forStream<number, number>((numbers) =>
      build(numbers, 'under test').process<number>({
        processElement: (n, context) => {
          seen.push(`${String(n)} before ${String(context.timerService().currentWatermark())}`);
        },
      }),
    );
    await harness.processWatermark(1);
    await harness.processElement(7, 5);
    await harness.processWatermark(6);
    await harness.processElement(8, 9);
    expect(seen).toEqual(['7 before 1', '8 before 6']);
    expect(harness.watermarks()).toEqual([1, 6]);
  });

  test('an exception of a user function fails the attempt; there is no handler for single records unless one is set', async () => {
    const broken = (): never => {
      throw new RangeError('broken');
    };
    for (const build of [
      (numbers: DataStream<number>) => numbers.map<number>(broken),
      (numbers: DataStream<number>) => numbers.filter(broken),
      (numbers: DataStream<number>) => numbers.flatMap<number>(broken),
      (numbers: DataStream<number>) => numbers.process<number>({ processElement: broken }),
      (numbers: DataStream<number>) => numbers.keyBy(parity).reduce(broken, { uid: 'r' }),
      (numbers: DataStream<number>) => numbers.keyBy<string>(broken).reduce((n) => n, { uid: 'r' }),
    ]) {
      const harness = await OperatorHarness.forStream<number, number>(build);
      await harness.processElement(1);
      await harness.processElement(3);
      expect(harness.failures[0]).toBeInstanceOf(OperatorFailure);
      expect(harness.failures[0]).toMatchObject({ cause: { message: 'broken' } });
      expect(harness.output().filter((value) => value === 3)).toEqual([]);
    }
  });

  test('a checkpoint holds what came before it and nothing of what came after', async () => {
    const build = (numbers: DataStream<number>): DataStream<number> =>
      numbers.keyBy(() => 'all').reduce((sum, n) => sum + n, { uid: 'sum' });
    const harness = await OperatorHarness.forStream(build);
    const snapshots = [];
    for (const n of [1, 2, 4, 8]) {
      await harness.processElement(n);
      snapshots.push(await harness.snapshot());
    }
    for (const [n, restore] of snapshots.entries()) {
      const restored = await OperatorHarness.forStream(build, { restore });
      await restored.processElement(100);
      expect(restored.output()).toEqual([2 ** (n + 1) - 1 + 100]);
    }
  });
});

describe('flink 1.2 union', () => {
  test('with itself gives each element twice', async () => {
    const harness = await OperatorHarness.forStream<number, number>((numbers) => numbers.union(numbers).map((n) => n));
    for (const n of [1, 2]) await harness.processElement(n);
    expect(harness.output()).toEqual([1, 1, 2, 2]);
  });

  test('has all elements of all streams, each stream in its order; the watermark is the minimum', async () => {
    const harness = await TwoInputOperatorHarness.forStreams<number, number, number>((first, second) =>
      first.union(second).map((n) => n),
    );
    await harness.processElement1(1, 1);
    await harness.processElement2(20, 2);
    await harness.processElement1(2, 3);
    await harness.processWatermark1(9);
    await harness.processWatermark2(4);
    expect([harness.output(), harness.watermarks()]).toEqual([[1, 20, 2], [4]]);
  });
});

describe('flink 1.2 keyBy', () => {
  test('an array, an object, null or undefined is no key: the attempt fails and says so', async () => {
    for (const key of [['a'], { a: 1 }, null, undefined, Symbol('a')]) {
      const harness = await OperatorHarness.forStream<number, number>((numbers) =>
        numbers.keyBy(() => key as unknown as string).reduce((n) => n, { uid: 'r' }),
      );
      await harness.processElement(1);
      expect((harness.failures[0] as Error).message).toContain('a key is a string or a number');
    }
  });
});

describe('flink 1.3 side outputs', () => {
  const [small, large] = [new OutputTag<number>('small'), new OutputTag<string>('large')];
  const splitting = (
    numbers: DataStream<number>,
    read: 'main' | 'small' | 'large',
  ): DataStream<number | string | undefined> => {
    const main = numbers.process<number>({
      processElement(n, context, out) {
        if (n < 0) context.output(small, n);
        else if (n > 100) context.output(large, String(n));
        else out.collect(n);
      },
    });
    if (read === 'main') return main.map<number | string | undefined>((n) => n);
    return read === 'small'
      ? main.getSideOutput(small).map<number | string | undefined>((n) => n)
      : main.getSideOutput(large).map<number | string | undefined>((text) => text);
  };

  test.each([
    ['main', [1, 2]],
    ['small', [-1, -2]],
    ['large', ['101', '102']],
  ] as const)('any number of tags, each with a type of its own and in order: %s', async (read, expected) => {
    const harness = await OperatorHarness.forStream<number, number | string | undefined>((numbers) =>
      splitting(numbers, read),
    );
    for (const n of [1, -1, 101, -2, 102, 2]) await harness.processElement(n, 5);
    expect(harness.records()).toEqual(expected.map((value) => ({ value, timestamp: 5 })));
  });

  test('a side output passes watermarks on as the main one does', async () => {
    const harness = await OperatorHarness.forStream<number, number | string | undefined>((numbers) =>
      splitting(numbers, 'small'),
    );
    await harness.processElement(-1, 5);
    await harness.processWatermark(7);
    expect(harness.watermarks()).toEqual([7]);
  });
});
