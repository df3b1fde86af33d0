import { describe, expect, test } from '@jest/globals';
import {
  CountEvictor,
  CountTrigger,
  DeltaEvictor,
  EventTimeSessionWindows,
  GlobalWindows,
  PurgingTrigger,
  Serializers,
  TimeEvictor,
  TumblingEventTimeWindows,
} from '@millrace/core';
import type { Evictor, EvictorContext, GlobalWindow, TimestampedValue } from '@millrace/core';
import { OperatorHarness } from '@millrace/core/testing';

const joined = (
  _key: string,
  _window: unknown,
  elements: Iterable<number>,
  out: { collect(text: string): void },
): void => {
  out.collect([...elements].join('+'));
};

/** The elements of the window of all, each time `every` more have come. */
function fired(evictor: Evictor<number, GlobalWindow>, every: number): Promise<OperatorHarness<number, string>> {
  return OperatorHarness.forStream<number, string>((numbers) =>
    numbers
      .keyBy(() => 'all')
      .window(GlobalWindows.create())
      .trigger(CountTrigger.of(every))
      .evictor(evictor)
      .apply(joined, { uid: 'windows' }),
  );
}

describe('flink 1.5 windows: evictors', () => {
  test('CountEvictor keeps the last n, before the function by default; what it drops is gone', async () => {
    const harness = await fired(CountEvictor.of(3), 2);
    for (const n of [1, 2, 3, 4, 5, 6]) await harness.processElement(n);
    expect(harness.output()).toEqual(['1+2', '2+3+4', '4+5+6']);
    expect((await harness.snapshot()).size).toBeLessThan(12);
  });

  test('CountEvictor after the function: it sees all that came since, the next firing the last n', async () => {
    const harness = await fired(CountEvictor.of(1, true), 2);
    for (const n of [1, 2, 3, 4, 5, 6]) await harness.processElement(n);
    expect(harness.output()).toEqual(['1+2', '2+3+4', '4+5+6']);
  });

  test('DeltaEvictor drops what is at or over the threshold from the last element', async () => {
    const harness = await fired(
      DeltaEvictor.of<number>(10, (element, last) => last - element),
      4,
    );
    for (const n of [5, 20, 11, 21]) await harness.processElement(n);
    // 11 is 10 from the last: at the threshold.
    expect(harness.output()).toEqual(['20+21']);
    for (const n of [40, 22, 30, 31]) await harness.processElement(n);
    expect(harness.output().slice(1)).toEqual(['40+22+30+31']);
  });

  test('TimeEvictor drops what is not later than the latest timestamp minus its size', async () => {
    const harness = await fired(TimeEvictor.of(10), 4);
    for (const [n, at] of [
      [1, 100],
      [2, 92],
      [3, 90],
      [4, 95],
    ] as const)
      await harness.processElement(n, at);
    expect(harness.output()).toEqual(['1+2+4']);
  });

  test('TimeEvictor drops nothing where elements have no timestamps', async () => {
    const harness = await fired(TimeEvictor.of(10), 2);
    for (const n of [1, 2]) await harness.processElement(n);
    expect(harness.output()).toEqual(['1+2']);
  });

  test("an evictor of one's own sees window, clock and watermark, before and after", async () => {
    const calls: string[] = [];
    const evictor: Evictor<number, GlobalWindow> = {
      evictBefore<E extends number>(
        elements: readonly TimestampedValue<E>[],
        window: GlobalWindow,
        context: EvictorContext,
      ): readonly TimestampedValue<E>[] {
        calls.push(
          `before ${window.namespace} ${String(context.getCurrentWatermark())} ${String(context.getCurrentProcessingTime())}`,
        );
        return elements.filter(({ value }) => value !== 2);
      },
      evictAfter<E extends number>(elements: readonly TimestampedValue<E>[]): readonly TimestampedValue<E>[] {
        calls.push(`after ${elements.map(({ value, timestamp }) => `${String(value)}@${String(timestamp)}`).join()}`);
        return [];
      },
      toString: () => 'own',
    };
    const harness = await fired(evictor, 3);
    await harness.advance(7);
    await harness.processWatermark(5);
    for (const n of [1, 2, 3]) await harness.processElement(n, n + 10);
    expect(calls).toEqual(['before global 5 7', 'after 1@11,3@13']);
    expect(harness.output()).toEqual(['1+3']);
    expect(harness.numKeyedStateEntries()).toBe(0);
  });

  test('an evictor that takes everything: a function of all elements sees none, reduce emits nothing', async () => {
    const build = async (isReduce: boolean): Promise<readonly unknown[]> => {
      const harness = await OperatorHarness.forStream<number, unknown>((numbers) => {
        const windows = numbers
          .keyBy(() => 'all')
          .window(TumblingEventTimeWindows.of(10))
          .evictor(CountEvictor.of(0));
        return isReduce
          ? windows.reduce((a, b) => a + b, { uid: 'w' }).map((sum): unknown => sum)
          : windows.apply(joined, { uid: 'w' }).map((text): unknown => text);
      });
      await harness.processElement(1, 1);
      await harness.processWatermark(9);
      expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
      return harness.output();
    };
    expect(await build(false)).toEqual(['']);
    expect(await build(true)).toEqual([]);
  });

  test('with an evictor reduce and aggregate run over the elements that are left at each firing', async () => {
    const aggregate = {
      createAccumulator: () => '',
      add: (n: number, text: string) => `${text}${String(n)}`,
      getResult: (text: string) => `<${text}>`,
    };
    const windowsOf = (build: 'reduce' | 'aggregate' | 'both'): Promise<OperatorHarness<number, unknown>> =>
      OperatorHarness.forStream<number, unknown>((numbers) => {
        const windows = numbers
          .keyBy(() => 'all')
          .window(GlobalWindows.create())
          .trigger(CountTrigger.of(2))
          .evictor(CountEvictor.of(3));
        if (build === 'reduce') return windows.reduce((a, b) => a + b, { uid: 'w' }).map((sum): unknown => sum);
        if (build === 'aggregate') return windows.aggregate(aggregate, { uid: 'w' }).map((text): unknown => text);
        return windows.aggregate<string, string, unknown>(
          aggregate,
          { process: (key, _context, results, out) => out.collect([key, ...results]) },
          { uid: 'w' },
        );
      });
    for (const [build, expected] of [
      ['reduce', [3, 9]],
      ['aggregate', ['<12>', '<234>']],
      [
        'both',
        [
          ['all', '<12>'],
          ['all', '<234>'],
        ],
      ],
    ] as const) {
      const harness = await windowsOf(build);
      for (const n of [1, 2, 3, 4]) await harness.processElement(n);
      expect(harness.output()).toEqual(expected);
    }
  });

  test('evictors work on sessions that merge, and purged windows begin anew', async () => {
    const harness = await OperatorHarness.forStream<number, string>((numbers) =>
      numbers
        .keyBy(() => 'all')
        .window(EventTimeSessionWindows.withGap(10))
        .evictor(TimeEvictor.of(12))
        .apply(joined, { uid: 'w' }),
    );
    for (const [n, at] of [
      [1, 0],
      [2, 15],
      [3, 8],
    ] as const)
      await harness.processElement(n, at);
    await harness.processWatermark(99);
    expect(harness.output()).toEqual(['2+3']);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);

    const purging = await OperatorHarness.forStream<number, string>((numbers) =>
      numbers
        .keyBy(() => 'all')
        .window(GlobalWindows.create())
        .trigger(PurgingTrigger.of(CountTrigger.of(3)))
        .evictor(CountEvictor.of(2))
        .apply(joined, { uid: 'w' }),
    );
    for (const n of [1, 2, 3, 4, 5, 6]) await purging.processElement(n);
    expect(purging.output()).toEqual(['2+3', '5+6']);
    expect(purging.numKeyedStateEntries()).toBe(0);
  });

  test("elements and their timestamps are restored, also with a serializer of one's own", async () => {
    const build = (restore?: Awaited<ReturnType<OperatorHarness<number, string>['snapshot']>>) =>
      OperatorHarness.forStream<number, string>(
        (numbers) =>
          numbers
            .keyBy(() => 'all')
            .window(GlobalWindows.create())
            .trigger(CountTrigger.of(3))
            .evictor(TimeEvictor.of(10))
            .apply(joined, { uid: 'windows', serializer: Serializers.number() }),
        restore === undefined ? {} : { restore },
      );
    const first = await build();
    await first.processElement(1, 100);
    await first.processElement(2, 85);
    const second = await build(await first.snapshot());
    await second.processElement(3, 95);
    expect(second.output()).toEqual(['1+3']);
  });
});

test('a CountEvictor of a number that is none is refused', () => {
  expect(() => CountEvictor.of(-1)).toThrow(RangeError);
});
