import { describe, expect, test } from '@jest/globals';
import {
  ContinuousEventTimeTrigger,
  ContinuousProcessingTimeTrigger,
  CountTrigger,
  DeltaTrigger,
  EventTimeTrigger,
  GlobalWindows,
  NeverTrigger,
  ProcessingTimeoutTrigger,
  ProcessingTimeTrigger,
  PurgingTrigger,
  ReducingStateDescriptor,
  Trigger,
  TriggerResult,
  TumblingEventTimeWindows,
  TumblingProcessingTimeWindows,
  ValueStateDescriptor,
} from '@millrace/core';
import type { TriggerContext, Window } from '@millrace/core';
import { fired, leftovers } from '../test-support/fired-windows.js';

describe('flink 1.5 windows: triggers', () => {
  test('EventTimeTrigger fires when the watermark reaches maxTimestamp (not one before), and at once for a late element', async () => {
    const harness = await fired(TumblingEventTimeWindows.of(10), EventTimeTrigger.create(), 10);
    await harness.processElement(1, 0);
    await harness.processWatermark(8);
    expect(harness.output()).toEqual([]);
    await harness.processWatermark(9);
    await harness.processElement(2, 0);
    expect(harness.output()).toEqual(['1', '1+2']);
  });

  test('EventTimeTrigger on a GlobalWindow fires at the end of the input', async () => {
    const harness = await fired(GlobalWindows.create(), EventTimeTrigger.create());
    await harness.processElement(1, 0);
    await harness.processWatermark(1_000_000);
    expect(harness.output()).toEqual([]);
    await harness.endInput();
    expect(harness.output()).toEqual(['1']);
  });

  test('ProcessingTimeTrigger fires when the clock reaches maxTimestamp', async () => {
    const harness = await fired(TumblingProcessingTimeWindows.of(10), ProcessingTimeTrigger.create());
    await harness.processElement(1);
    await harness.advance(8);
    expect(harness.output()).toEqual([]);
    await harness.advance(1);
    expect(harness.output()).toEqual(['1']);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('CountTrigger fires when the count reaches n, then counts from 0 again; the elements stay', async () => {
    const harness = await fired(TumblingEventTimeWindows.of(10), CountTrigger.of(2));
    for (const n of [1, 2, 3, 4, 5]) await harness.processElement(n, n);
    expect(harness.output()).toEqual(['1+2', '1+2+3+4']);
  });

  test('setting a trigger replaces the default: a CountTrigger does not fire at the end, the window goes all the same', async () => {
    const harness = await fired(TumblingEventTimeWindows.of(10), CountTrigger.of(2));
    await harness.processElement(1, 1);
    await harness.processWatermark(99);
    expect(harness.output()).toEqual([]);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('ContinuousEventTimeTrigger fires at every multiple of the interval from the first element on, and at the end', async () => {
    const harness = await fired(TumblingEventTimeWindows.of(100), ContinuousEventTimeTrigger.of(30), 50);
    await harness.processElement(1, 35);
    await harness.processWatermark(59);
    expect(harness.output()).toEqual([]);
    await harness.processWatermark(60);
    expect(harness.output()).toEqual(['1']);
    await harness.processElement(2, 65);
    await harness.processWatermark(98); // passes 90
    expect(harness.output()).toEqual(['1', '1+2']);
    await harness.processWatermark(99);
    expect(harness.output()).toEqual(['1', '1+2', '1+2']);
    await harness.processElement(3, 70);
    expect(harness.output().slice(3)).toEqual(['1+2+3']);
    await harness.processWatermark(149);
    expect(harness.output()).toHaveLength(4);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('ContinuousProcessingTimeTrigger fires at every multiple of the interval of the clock, and at the end', async () => {
    const harness = await fired(TumblingProcessingTimeWindows.of(100), ContinuousProcessingTimeTrigger.of(40));
    await harness.advance(10);
    await harness.processElement(1);
    await harness.advance(30);
    expect(harness.output()).toEqual(['1']);
    await harness.processElement(2);
    await harness.advance(40);
    expect(harness.output()).toEqual(['1', '1+2']);
    await harness.processElement(3);
    await harness.advance(19);
    expect(harness.output()).toEqual(['1', '1+2', '1+2+3']);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('ContinuousProcessingTimeTrigger on a GlobalWindow goes on for ever, but not beyond the end of the input', async () => {
    const harness = await fired(GlobalWindows.create(), ContinuousProcessingTimeTrigger.of(40));
    await harness.processElement(1);
    await harness.advance(95);
    expect(harness.output()).toEqual(['1', '1']);
    await harness.endInput();
    expect(harness.output()).toEqual(['1', '1', '1']);
  });

  test('ContinuousProcessingTimeTrigger on event-time windows of the past fires for each element, not for ever', async () => {
    const harness = await fired(TumblingEventTimeWindows.of(10), ContinuousProcessingTimeTrigger.of(40));
    await harness.advance(1_000);
    await harness.processElement(1, 3);
    await harness.processElement(2, 4);
    await harness.advance(0);
    expect(harness.output()).toEqual(['1', '1+2']);
    await harness.processWatermark(9);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('DeltaTrigger fires when the delta to the element that fired last is over the threshold', async () => {
    const delta = DeltaTrigger.of<number>(5, (last, element) => element - last);
    const harness = await fired(GlobalWindows.create(), PurgingTrigger.of(delta));
    for (const n of [10, 15, 16, 20, 22]) await harness.processElement(n);
    expect(harness.output()).toEqual(['10+15+16', '20+22']);
  });

  test('PurgingTrigger makes FIRE a FIRE_AND_PURGE: each element is in one result', async () => {
    const harness = await fired(TumblingEventTimeWindows.of(10), PurgingTrigger.of(EventTimeTrigger.create()), 20);
    await harness.processElement(1, 1);
    await harness.processWatermark(9);
    await harness.processElement(2, 2);
    expect(harness.output()).toEqual(['1', '2']);
    await harness.processWatermark(29);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('ProcessingTimeoutTrigger fires as the nested one does, or a timeout after the first element', async () => {
    const harness = await fired(GlobalWindows.create(), ProcessingTimeoutTrigger.of(CountTrigger.of(3), 100));
    await harness.processElement(1);
    await harness.advance(60);
    await harness.processElement(2);
    await harness.advance(39);
    expect(harness.output()).toEqual([]);
    await harness.advance(1);
    expect(harness.output()).toEqual(['1+2']);
    // The count began anew: three more.
    for (const n of [3, 4]) await harness.processElement(n);
    expect(harness.output()).toHaveLength(1);
    await harness.processElement(5);
    expect(harness.output().slice(1)).toEqual(['1+2+3+4+5']);
    expect(harness.numProcessingTimeTimers()).toBe(0);
  });

  test('ProcessingTimeoutTrigger can begin anew with each element, and leave the nested count alone', async () => {
    const harness = await fired(
      GlobalWindows.create(),
      ProcessingTimeoutTrigger.of(CountTrigger.of(3), 100, {
        resetTimerOnNewRecord: true,
        shouldClearOnTimeout: false,
      }),
    );
    await harness.processElement(1);
    await harness.advance(60);
    await harness.processElement(2);
    await harness.advance(60);
    expect(harness.output()).toEqual([]);
    await harness.advance(40);
    expect(harness.output()).toEqual(['1+2']);
    await harness.processElement(3);
    expect(harness.output().slice(1)).toEqual(['1+2+3']);
  });

  test('ProcessingTimeoutTrigger: a window whose trigger was cleared by the timeout still fires and goes at its end', async () => {
    const harness = await fired(
      TumblingEventTimeWindows.of(10),
      ProcessingTimeoutTrigger.of(EventTimeTrigger.create(), 100),
    );
    await harness.processElement(1, 3);
    await harness.advance(100);
    expect(harness.output()).toEqual(['1']);
    await harness.processWatermark(9);
    expect(harness.output()).toEqual(['1', '1']);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('ProcessingTimeoutTrigger does not fire at the end of the lateness', async () => {
    const trigger = ProcessingTimeoutTrigger.of(EventTimeTrigger.create(), 100);
    const harness = await fired(TumblingEventTimeWindows.of(10), trigger, 5);
    await harness.processElement(1, 3);
    await harness.processWatermark(50);
    expect(harness.output()).toEqual(['1']);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('NeverTrigger, the default of GlobalWindows, never fires', async () => {
    for (const trigger of [undefined, NeverTrigger.create()]) {
      const harness = await fired(GlobalWindows.create(), trigger);
      await harness.processElement(1, 1);
      await harness.advance(1_000);
      await harness.endInput();
      expect(harness.output()).toEqual([]);
      expect(harness.numKeyedStateEntries()).toBe(1);
    }
  });

  test('PURGE clears the elements alone: the window and the trigger state stay', async () => {
    /** Purges at even numbers, fires at every third element. */
    const seen = new ReducingStateDescriptor<number>('seen', (a, b) => a + b);
    class PurgeAtEven extends Trigger<number, Window> {
      override get states(): readonly [typeof seen] {
        return [seen];
      }
      override onElement(
        n: number,
        _timestamp: number | undefined,
        _window: Window,
        context: TriggerContext,
      ): TriggerResult {
        const count = context.getPartitionedState(seen);
        count.add(1);
        if (n % 2 === 0) return TriggerResult.PURGE;
        return count.get() === 3 ? TriggerResult.FIRE_AND_PURGE : TriggerResult.CONTINUE;
      }
      override onEventTime(): TriggerResult {
        return TriggerResult.CONTINUE;
      }
      override onProcessingTime(): TriggerResult {
        return TriggerResult.CONTINUE;
      }
      override clear(_window: Window, context: TriggerContext): void {
        context.getPartitionedState(seen).clear();
      }
      override toString(): string {
        return 'PurgeAtEven';
      }
    }
    const harness = await fired(TumblingEventTimeWindows.of(10), new PurgeAtEven());
    for (const n of [1, 2, 3]) await harness.processElement(n, n);
    expect(harness.output()).toEqual(['3']);
    expect(harness.numKeyedStateEntries()).toBe(1);
    await harness.processWatermark(9);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });
});

describe('flink 1.5 windows: what a trigger sees', () => {
  test('its context: watermark, clock, timers of both kinds, metrics; deleted timers do not fire', async () => {
    const calls: string[] = [];
    class Watching extends Trigger<number, Window> {
      override onElement(
        n: number,
        timestamp: number | undefined,
        _window: Window,
        context: TriggerContext,
      ): TriggerResult {
        calls.push(
          `${String(timestamp)} ${String(context.getCurrentWatermark())} ${String(context.getCurrentProcessingTime())}`,
        );
        context.getMetricGroup().counter('seen').inc(n);
        context.registerEventTimeTimer(50);
        context.registerEventTimeTimer(50);
        context.registerEventTimeTimer(60);
        context.deleteEventTimeTimer(60);
        context.registerProcessingTimeTimer(70);
        context.registerProcessingTimeTimer(80);
        context.deleteProcessingTimeTimer(80);
        return TriggerResult.CONTINUE;
      }
      override onEventTime(time: number): TriggerResult {
        calls.push(`event time ${String(time)}`);
        return TriggerResult.CONTINUE;
      }
      override onProcessingTime(time: number): TriggerResult {
        calls.push(`processing time ${String(time)}`);
        return TriggerResult.FIRE;
      }
      override clear(): void {}
      override toString(): string {
        return 'Watching';
      }
    }
    const harness = await fired(GlobalWindows.create(), new Watching());
    await harness.advance(5);
    await harness.processWatermark(3);
    await harness.processElement(7, 4);
    await harness.processWatermark(99);
    await harness.advance(100);
    expect(calls).toEqual(['4 3 5', 'event time 50', 'processing time 70']);
    expect(harness.metrics.total('seen')).toBe(7);
    expect(harness.output()).toEqual(['7']);
  });

  test('a state that it did not declare is an error that names trigger and state', async () => {
    class Undeclared extends Trigger<number, Window> {
      override onElement(
        _n: number,
        _timestamp: number | undefined,
        _window: Window,
        context: TriggerContext,
      ): TriggerResult {
        context.getPartitionedState(new ValueStateDescriptor<number>('forgotten'));
        return TriggerResult.CONTINUE;
      }
      override onEventTime(): TriggerResult {
        return TriggerResult.CONTINUE;
      }
      override onProcessingTime(): TriggerResult {
        return TriggerResult.CONTINUE;
      }
      override clear(): void {}
      override toString(): string {
        return 'Undeclared';
      }
    }
    const harness = await fired(GlobalWindows.create(), new Undeclared());
    await harness.processElement(1);
    expect(String(harness.failures[0])).toContain(
      'Undeclared.states: the value state forgotten was asked for and not declared there',
    );
  });
});

test.each<[string, () => unknown]>([
  ['CountTrigger', () => CountTrigger.of(0)],
  ['ContinuousEventTimeTrigger', () => ContinuousEventTimeTrigger.of(0)],
  ['ContinuousProcessingTimeTrigger', () => ContinuousProcessingTimeTrigger.of(-5)],
  ['ProcessingTimeoutTrigger', () => ProcessingTimeoutTrigger.of(CountTrigger.of(1), 0.5)],
])('%s refuses a measure with which it could never fire', (_, make) => {
  expect(make).toThrow(RangeError);
});
