import { describe, expect, test } from '@jest/globals';
import {
  EventTimeSessionWindows,
  ProcessingTimeSessionWindows,
  SlidingEventTimeWindows,
  SlidingProcessingTimeWindows,
  TimeWindow,
  TumblingEventTimeWindows,
  TumblingProcessingTimeWindows,
} from '@millrace/core';
import type { WindowAssigner, OutputTag } from '@millrace/core';
import { OperatorHarness } from '@millrace/core/testing';
import type { HarnessOptions } from '@millrace/core/testing';

interface Event {
  readonly key: string;
  readonly n: number;
  readonly gap?: number;
}

const sum = {
  createAccumulator: () => 0,
  add: ({ n }: Event, total: number) => total + n,
  getResult: (total: number) => total,
  merge: (a: number, b: number) => a + b,
};

/** Sums by key and window, written as `key start..end = sum`. */
function sums(
  assigner: WindowAssigner<Event, TimeWindow>,
  options: HarnessOptions & { lateness?: number; late?: OutputTag<Event> } = {},
): Promise<OperatorHarness<Event, string>> {
  return OperatorHarness.forStream<Event, string>((events) => {
    let windows = events.keyBy(({ key }) => key).window(assigner);
    if (options.lateness !== undefined) windows = windows.allowedLateness(options.lateness);
    if (options.late !== undefined) windows = windows.sideOutputLateData(options.late);
    return windows.aggregate(
      sum,
      {
        process(key, context, [total], out) {
          const { start, end } = context.window();
          out.collect(`${key} ${String(start)}..${String(end)} = ${String(total)}`);
        },
      },
      { uid: 'sums' },
    );
  }, options);
}

const clock = { getCurrentProcessingTime: () => 23 };
const bounds = (windows: readonly TimeWindow[]): string[] => windows.map(({ namespace }) => namespace);

describe('flink 1.5 windows: TimeWindow and assigners', () => {
  test('start is inclusive, end exclusive, maxTimestamp is end - 1', () => {
    const window = new TimeWindow(10, 20);
    expect([window.start, window.end, window.maxTimestamp()]).toEqual([10, 20, 19]);
    const windows = TumblingEventTimeWindows.of(10);
    expect(bounds(windows.assignWindows(undefined, 19))).toEqual(['10..20']);
    expect(bounds(windows.assignWindows(undefined, 20))).toEqual(['20..30']);
  });

  test('windows are aligned to 1970 UTC, an offset shifts them', () => {
    expect(bounds(TumblingEventTimeWindows.of(10).assignWindows(undefined, 23))).toEqual(['20..30']);
    expect(bounds(TumblingEventTimeWindows.of(10, 4).assignWindows(undefined, 23))).toEqual(['14..24']);
    expect(bounds(TumblingEventTimeWindows.of(10, -4).assignWindows(undefined, 23))).toEqual(['16..26']);
  });

  test('before 1970 an element is in the window that holds it', () => {
    expect(bounds(TumblingEventTimeWindows.of(10).assignWindows(undefined, -1))).toEqual(['-10..0']);
    expect(bounds(TumblingEventTimeWindows.of(10, 3).assignWindows(undefined, -8))).toEqual(['-17..-7']);
  });

  test('sliding: an element goes to size / slide windows, the latest first', () => {
    expect(bounds(SlidingEventTimeWindows.of(15, 5).assignWindows(undefined, 23))).toEqual([
      '20..35',
      '15..30',
      '10..25',
    ]);
    expect(bounds(SlidingEventTimeWindows.of(10, 5, 2).assignWindows(undefined, 23))).toEqual(['22..32', '17..27']);
  });

  test('sliding: where the slide is larger than the size there are times that belong to no window', () => {
    const windows = SlidingEventTimeWindows.of(5, 10);
    expect(bounds(windows.assignWindows(undefined, 24))).toEqual(['20..25']);
    expect(bounds(windows.assignWindows(undefined, 25))).toEqual([]);
  });

  test('session: each element makes [ts, ts + gap), the gap may be a function of the element', () => {
    expect(bounds(EventTimeSessionWindows.withGap(5).assignWindows(undefined, 7))).toEqual(['7..12']);
    const dynamic = EventTimeSessionWindows.withDynamicGap<Event>(({ gap }) => gap ?? 1);
    expect(bounds(dynamic.assignWindows({ key: 'a', n: 0, gap: 9 }, 7))).toEqual(['7..16']);
    expect(() => dynamic.assignWindows({ key: 'a', n: 0, gap: 0 }, 7)).toThrow(RangeError);
  });

  test('the processing-time twins go by the clock', () => {
    expect(bounds(TumblingProcessingTimeWindows.of(10).assignWindows(undefined, 3, clock))).toEqual(['20..30']);
    expect(bounds(SlidingProcessingTimeWindows.of(10, 5).assignWindows(undefined, 3, clock))).toEqual([
      '20..30',
      '15..25',
    ]);
    expect(bounds(ProcessingTimeSessionWindows.withGap(5).assignWindows(undefined, 3, clock))).toEqual(['23..28']);
    const dynamic = ProcessingTimeSessionWindows.withDynamicGap<number>((gap) => gap);
    expect(bounds(dynamic.assignWindows(4, undefined, clock))).toEqual(['23..27']);
  });

  test.each<[string, () => unknown]>([
    ['a size of 0', () => TumblingEventTimeWindows.of(0)],
    ['a size that is not whole', () => TumblingProcessingTimeWindows.of(1.5)],
    ['an offset as large as the size', () => TumblingEventTimeWindows.of(10, 10)],
    ['a slide of 0', () => SlidingEventTimeWindows.of(10, 0)],
    ['an offset as large as the slide', () => SlidingProcessingTimeWindows.of(10, 5, -5)],
    ['a gap of 0', () => EventTimeSessionWindows.withGap(0)],
    ['a negative gap', () => ProcessingTimeSessionWindows.withGap(-1)],
  ])('%s is refused', (_, make) => {
    expect(make).toThrow(RangeError);
  });

  test('an event-time assigner throws where the record has no timestamp', async () => {
    for (const assigner of [
      TumblingEventTimeWindows.of(10),
      SlidingEventTimeWindows.of(10, 5),
      EventTimeSessionWindows.withGap(5),
    ]) {
      const harness = await sums(assigner);
      await harness.processElement({ key: 'a', n: 1 });
      expect(harness.failures).toMatchObject([{ code: 'ERR_OPERATOR_FAILED', cause: { code: 'ERR_NO_TIMESTAMP' } }]);
    }
  });
});

test('the text that stands for a window gives the same window back, any other is refused', () => {
  for (const [start, end] of [
    [0, 10],
    [-20, -5],
    [-1, 1],
    [1_700_000_000_000, 1_700_000_060_000],
  ] as const) {
    const { namespace } = new TimeWindow(start, end);
    expect(TimeWindow.of(namespace)).toMatchObject({ start, end, namespace });
  }
  for (const other of ['', 'global', '1', '..', '1..x', 'x..1']) expect(() => TimeWindow.of(other)).toThrow(TypeError);
});

describe('flink 1.5 windows: results', () => {
  test('a window fires when the watermark reaches its last moment, by key', async () => {
    const harness = await sums(TumblingEventTimeWindows.of(10));
    for (const [key, n, at] of [
      ['a', 1, 0],
      ['b', 2, 3],
      ['a', 4, 9],
      ['a', 8, 10],
    ] as const) {
      await harness.processElement({ key, n }, at);
    }
    await harness.processWatermark(8);
    expect(harness.output()).toEqual([]);
    await harness.processWatermark(9);
    expect([...harness.output()].sort()).toEqual(['a 0..10 = 5', 'b 0..10 = 2']);
    await harness.processWatermark(19);
    expect(harness.output().slice(2)).toEqual(['a 10..20 = 8']);
  });

  test('results carry window.maxTimestamp() and come before the watermark that caused them', async () => {
    const seen: string[] = [];
    const harness = await OperatorHarness.forStream<Event, string>((events) =>
      events
        .keyBy(({ key }) => key)
        .window(TumblingEventTimeWindows.of(10))
        .reduce((a, b) => ({ key: a.key, n: a.n + b.n }), { uid: 'first' })
        .keyBy(({ key }) => key)
        // The result of 0..10 is at 9: the next window of the same size takes it up.
        .window(TumblingEventTimeWindows.of(10))
        .apply(
          (key, window, [event], out) => {
            seen.push(window.namespace);
            out.collect(`${key} ${String(event?.n)}`);
          },
          { uid: 'second' },
        ),
    );
    await harness.processElement({ key: 'a', n: 1 }, 1);
    await harness.processElement({ key: 'a', n: 2 }, 2);
    await harness.processWatermark(9);
    expect(seen).toEqual(['0..10']);
    expect(harness.records()).toEqual([{ value: 'a 3', timestamp: 9 }]);
    expect(harness.watermarks()).toEqual([9]);
  });

  test('processing-time windows fire by the clock, their results carry maxTimestamp too', async () => {
    const harness = await sums(TumblingProcessingTimeWindows.of(10));
    await harness.advance(3);
    await harness.processElement({ key: 'a', n: 1 });
    await harness.advance(5);
    await harness.processElement({ key: 'a', n: 2 });
    expect(harness.output()).toEqual([]);
    await harness.advance(1);
    expect(harness.records()).toEqual([{ value: 'a 0..10 = 3', timestamp: 9 }]);
    expect([harness.numKeyedStateEntries(), harness.numProcessingTimeTimers()]).toEqual([0, 0]);
  });

  test('the end of the input ends processing-time windows too, where Flink drops them', async () => {
    const harness = await sums(SlidingProcessingTimeWindows.of(10, 5));
    await harness.advance(7);
    await harness.processElement({ key: 'a', n: 1 });
    await harness.endInput();
    expect(harness.output()).toEqual(['a 0..10 = 1', 'a 5..15 = 1']);
    expect([harness.numKeyedStateEntries(), harness.numProcessingTimeTimers()]).toEqual([0, 0]);
    expect(harness.clock.pendingTimers).toBe(0);
  });

  test('a window without elements gives no result', async () => {
    const harness = await sums(TumblingEventTimeWindows.of(10));
    await harness.processElement({ key: 'a', n: 1 }, 5);
    await harness.processElement({ key: 'a', n: 1 }, 35);
    await harness.processWatermark(99);
    expect(harness.output()).toEqual(['a 0..10 = 1', 'a 30..40 = 1']);
  });

  test('sliding windows: one copy of an element in each', async () => {
    const harness = await sums(SlidingEventTimeWindows.of(10, 5));
    await harness.processElement({ key: 'a', n: 1 }, 4);
    await harness.processElement({ key: 'a', n: 2 }, 7);
    await harness.processWatermark(99);
    expect(harness.output()).toEqual(['a -5..5 = 1', 'a 0..10 = 3', 'a 5..15 = 2']);
  });

  test('an element in the gap between sliding windows is in none, and not counted as late', async () => {
    const harness = await sums(SlidingEventTimeWindows.of(5, 10));
    await harness.processElement({ key: 'a', n: 1 }, 7);
    expect(harness.numKeyedStateEntries()).toBe(0);
    expect(harness.metrics.total('numLateRecordsDropped')).toBe(0);
  });

  test('a window is created by its first element and nothing of it is left when its time has passed', async () => {
    const harness = await sums(SlidingEventTimeWindows.of(10, 5), { lateness: 3 });
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
    await harness.processElement({ key: 'a', n: 1 }, 7);
    expect(harness.numKeyedStateEntries()).toBe(2);
    await harness.processWatermark(9 + 3);
    expect(harness.numKeyedStateEntries()).toBe(1);
    await harness.processWatermark(14 + 3);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  test('the end of the input ends all event-time windows', async () => {
    const harness = await sums(TumblingEventTimeWindows.of(10));
    await harness.processElement({ key: 'a', n: 1 }, 5);
    await harness.endInput();
    expect(harness.output()).toEqual(['a 0..10 = 1']);
    expect(harness.numEventTimeTimers()).toBe(0);
  });
});

describe('flink 1.5 windows: sessions merge', () => {
  test('elements less than a gap apart are one session; one that begins where another ends belongs to it', async () => {
    const harness = await sums(EventTimeSessionWindows.withGap(10));
    for (const [n, at] of [
      [1, 0],
      [2, 8],
      [4, 18],
      [8, 29],
    ] as const)
      await harness.processElement({ key: 'a', n }, at);
    await harness.processWatermark(99);
    expect(harness.output()).toEqual(['a 0..28 = 7', 'a 29..39 = 8']);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  test('an element between two sessions makes them one', async () => {
    const harness = await sums(EventTimeSessionWindows.withGap(10));
    for (const [n, at] of [
      [1, 0],
      [2, 15],
      [4, 8],
    ] as const)
      await harness.processElement({ key: 'a', n }, at);
    await harness.processWatermark(99);
    expect(harness.records()).toEqual([{ value: 'a 0..25 = 7', timestamp: 24 }]);
  });

  test('a late element may bridge two sessions, within the lateness; the one that fired comes again, as a part', async () => {
    const harness = await sums(EventTimeSessionWindows.withGap(10), { lateness: 20 });
    await harness.processElement({ key: 'a', n: 1 }, 0);
    await harness.processElement({ key: 'a', n: 2 }, 15);
    await harness.processWatermark(12);
    await harness.processElement({ key: 'a', n: 4 }, 8);
    await harness.processWatermark(99);
    expect(harness.output()).toEqual(['a 0..10 = 1', 'a 0..25 = 7']);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  test('an element whose own session is over is not late where it belongs to one that is not', async () => {
    const harness = await sums(EventTimeSessionWindows.withGap(10));
    await harness.processElement({ key: 'a', n: 1 }, 20);
    await harness.processWatermark(25);
    await harness.processElement({ key: 'a', n: 2 }, 12);
    await harness.processElement({ key: 'a', n: 4 }, 1);
    await harness.processWatermark(99);
    expect(harness.output()).toEqual(['a 12..30 = 3']);
    expect(harness.metrics.total('numLateRecordsDropped')).toBe(1);
    expect([harness.numKeyedStateEntries(), harness.numEventTimeTimers()]).toEqual([0, 0]);
  });

  test('a dynamic gap is that of each element', async () => {
    const harness = await sums(EventTimeSessionWindows.withDynamicGap(({ gap }) => gap ?? 5));
    await harness.processElement({ key: 'a', n: 1, gap: 50 }, 0);
    await harness.processElement({ key: 'a', n: 2, gap: 5 }, 40);
    await harness.processElement({ key: 'a', n: 4, gap: 5 }, 51);
    await harness.processWatermark(99);
    expect(harness.output()).toEqual(['a 0..50 = 3', 'a 51..56 = 4']);
  });

  test('processing-time sessions end when the clock has seen a gap', async () => {
    const harness = await sums(ProcessingTimeSessionWindows.withGap(10));
    await harness.processElement({ key: 'a', n: 1 });
    await harness.advance(7);
    await harness.processElement({ key: 'a', n: 2 });
    await harness.advance(9);
    expect(harness.output()).toEqual(['a 0..17 = 3']);
    expect([harness.numKeyedStateEntries(), harness.numProcessingTimeTimers()]).toEqual([0, 0]);
  });
});
