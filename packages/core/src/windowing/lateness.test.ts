import { describe, expect, test } from '@jest/globals';
import { OutputTag, SlidingEventTimeWindows, TumblingEventTimeWindows } from '@millrace/core';
import type { TimeWindow, WindowAssigner } from '@millrace/core';
import { OperatorHarness } from '@millrace/core/testing';

const late = new OutputTag<number>('late');

/** Sums of all numbers by window. */
function sums(
  assigner: WindowAssigner<number, TimeWindow>,
  { lateness, tag }: { lateness?: number; tag?: OutputTag<number> } = {},
): Promise<OperatorHarness<number, number>> {
  return OperatorHarness.forStream<number, number>((numbers) => {
    let windows = numbers.keyBy(() => 'all').window(assigner);
    if (lateness !== undefined) windows = windows.allowedLateness(lateness);
    if (tag !== undefined) windows = windows.sideOutputLateData(tag);
    return windows.reduce((a, b) => a + b, { uid: 'sums' });
  });
}

describe('flink 1.5 windows: late elements', () => {
  test('without lateness (the default is 0) an element is late when the watermark has reached the end of its window', async () => {
    const harness = await sums(TumblingEventTimeWindows.of(10));
    await harness.processWatermark(8);
    await harness.processElement(1, 0);
    await harness.processWatermark(9);
    await harness.processElement(2, 9);
    await harness.processWatermark(50);
    expect(harness.output()).toEqual([1]);
    expect(harness.metrics.total('numLateRecordsDropped')).toBe(1);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  test('an element behind the watermark whose window is still open is not late', async () => {
    const harness = await sums(TumblingEventTimeWindows.of(10));
    await harness.processWatermark(7);
    await harness.processElement(1, 2);
    await harness.processWatermark(9);
    expect(harness.output()).toEqual([1]);
    expect(harness.metrics.total('numLateRecordsDropped')).toBe(0);
  });

  test('within the allowed lateness each late element fires the window again at once', async () => {
    const harness = await sums(TumblingEventTimeWindows.of(10), { lateness: 5 });
    await harness.processElement(1, 0);
    await harness.processWatermark(9);
    await harness.processElement(2, 1);
    await harness.processElement(4, 2);
    expect(harness.output()).toEqual([1, 3, 7]);
    await harness.processWatermark(14);
    // The end of the lateness removes the window and fires nothing.
    expect(harness.output()).toEqual([1, 3, 7]);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
    await harness.processElement(8, 3);
    expect(harness.output()).toEqual([1, 3, 7]);
  });

  test('the first element of a window may come within the lateness', async () => {
    const harness = await sums(TumblingEventTimeWindows.of(10), { lateness: 5 });
    await harness.processWatermark(12);
    await harness.processElement(1, 0);
    expect(harness.records()).toEqual([{ value: 1, timestamp: 9 }]);
    await harness.processWatermark(14);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  test('late elements go to the side output where there is one, else they are counted: never both', async () => {
    const dropping = await sums(TumblingEventTimeWindows.of(10), { lateness: 5 });
    const keeping = await sums(TumblingEventTimeWindows.of(10), { lateness: 5, tag: late });
    for (const harness of [dropping, keeping]) {
      await harness.processWatermark(14);
      await harness.processElement(1, 9);
      await harness.processElement(2, 10);
    }
    expect(dropping.metrics.total('numLateRecordsDropped')).toBe(1);
    expect(keeping.metrics.total('numLateRecordsDropped')).toBe(0);
    expect(keeping.sideOutput(late)).toEqual([1]);
    expect(keeping.settledInputs).toBe(2);
  });

  test('an element that some of its windows still take is not late', async () => {
    const harness = await sums(SlidingEventTimeWindows.of(10, 5), { tag: late });
    await harness.processWatermark(9);
    await harness.processElement(1, 7); // 0..10 is over, 5..15 is not
    await harness.processElement(2, 4); // 0..10 and -5..5 are over
    await harness.processWatermark(99);
    expect(harness.records()).toEqual([{ value: 1, timestamp: 14 }]);
    expect(harness.sideOutput(late)).toEqual([2]);
  });

  test('the counter of dropped elements is there before the first one', async () => {
    const harness = await sums(TumblingEventTimeWindows.of(10));
    expect(harness.metrics.total('numLateRecordsDropped')).toBe(0);
  });

  test.each([-1, 0.5, NaN])('an allowed lateness of %p is refused', async (lateness) => {
    await expect(sums(TumblingEventTimeWindows.of(10), { lateness })).rejects.toThrow(RangeError);
  });

  test('a lateness that reaches the end of time keeps the window for ever', async () => {
    const harness = await sums(TumblingEventTimeWindows.of(10), { lateness: Number.MAX_SAFE_INTEGER });
    await harness.processElement(1, 0);
    await harness.processWatermark(1_000_000);
    await harness.processElement(2, 1);
    expect(harness.output()).toEqual([1, 3]);
    await harness.endInput();
    expect(harness.output()).toEqual([1, 3]);
    expect(harness.numKeyedStateEntries()).toBe(1);
  });

  test('late elements that are read from the declared tag are no error of the graph, unread they are', async () => {
    const build = (isRead: boolean) => async () =>
      (
        await OperatorHarness.forStream<number, number>((numbers) => {
          const result = numbers
            .keyBy(() => 0)
            .window(TumblingEventTimeWindows.of(10))
            .sideOutputLateData(late)
            .reduce((a, b) => a + b, { uid: 'sums', sideOutputs: [] });
          if (isRead) result.getSideOutput(late).map((n) => n, { uid: 'late' });
          result.env.getStreamGraph();
          return result;
        })
      ).output();
    await expect(build(true)()).resolves.toEqual([]);
    await expect(build(false)()).rejects.toThrow('emits to side output late, which nothing reads');
  });
});
