import { describe, expect, test } from '@jest/globals';
import {
  ContinuousEventTimeTrigger,
  ContinuousProcessingTimeTrigger,
  CountTrigger,
  DeltaTrigger,
  EventTimeSessionWindows,
  ListStateDescriptor,
  ProcessingTimeoutTrigger,
  ProcessingTimeSessionWindows,
  PurgingTrigger,
  Trigger,
  TriggerResult,
} from '@millrace/core';
import type { OnMergeContext, TriggerContext, Window } from '@millrace/core';
import { fired, leftovers } from '../test-support/fired-windows.js';

describe('flink 1.5 windows: triggers of windows that merge', () => {
  test('a merging assigner with a trigger that cannot merge is refused', async () => {
    const delta = DeltaTrigger.of<number>(5, (last, element) => element - last);
    await expect(fired(EventTimeSessionWindows.withGap(5), delta)).rejects.toThrow(
      'EventTimeSessionWindows(gap 5 ms) merges windows, which DeltaTrigger(5) does not support',
    );
    const timeout = ProcessingTimeoutTrigger.of(CountTrigger.of(2), 5);
    await expect(fired(EventTimeSessionWindows.withGap(5), PurgingTrigger.of(timeout))).rejects.toThrow(TypeError);
  });

  test('a count goes over from the windows that merge', async () => {
    const harness = await fired(EventTimeSessionWindows.withGap(10), PurgingTrigger.of(CountTrigger.of(3)));
    await harness.processElement(1, 0);
    await harness.processElement(2, 15);
    await harness.processElement(3, 8);
    expect(harness.output()).toEqual(['1+2+3']);
    await harness.processWatermark(99);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('the next early firing is the earliest of the windows that merge', async () => {
    const harness = await fired(EventTimeSessionWindows.withGap(40), ContinuousEventTimeTrigger.of(30));
    await harness.processElement(1, 65); // 90
    await harness.processElement(2, 10); // 30, and its end 49
    await harness.processElement(3, 45); // one session now: 10..105
    await harness.processWatermark(30);
    expect(harness.output()).toEqual(['2+1+3']);
    await harness.processWatermark(60);
    expect(harness.output()).toHaveLength(2);
    await harness.processWatermark(104);
    expect(harness.output()).toHaveLength(4); // 90 and the end
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test('the same by the clock', async () => {
    const harness = await fired(ProcessingTimeSessionWindows.withGap(40), ContinuousProcessingTimeTrigger.of(30));
    await harness.processElement(1);
    await harness.advance(25);
    await harness.processElement(2);
    await harness.advance(5);
    expect(harness.output()).toEqual(['1+2']);
    await harness.advance(34);
    expect(harness.output()).toEqual(['1+2', '1+2', '1+2']);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });

  test("a trigger of one's own is told of the merge, and cleared for the windows that are no more", async () => {
    const calls: string[] = [];
    const last = new ListStateDescriptor<number>('all');
    class Recording extends Trigger<number, Window> {
      override get states(): readonly [typeof last] {
        return [last];
      }
      override onElement(
        n: number,
        _timestamp: number | undefined,
        window: Window,
        context: TriggerContext,
      ): TriggerResult {
        context.getPartitionedState(last).add(n);
        calls.push(`element ${String(n)} in ${window.namespace}`);
        return TriggerResult.CONTINUE;
      }
      override onEventTime(time: number, window: Window, context: TriggerContext): TriggerResult {
        calls.push(`time ${String(time)} in ${window.namespace}: ${context.getPartitionedState(last).get().join()}`);
        return TriggerResult.FIRE;
      }
      override onProcessingTime(): TriggerResult {
        return TriggerResult.CONTINUE;
      }
      override canMerge(): boolean {
        return true;
      }
      override onMerge(window: Window, context: OnMergeContext): void {
        context.mergePartitionedState(last);
        calls.push(`merged to ${window.namespace}: ${context.getPartitionedState(last).get().join()}`);
      }
      override clear(window: Window, context: TriggerContext): void {
        context.getPartitionedState(last).clear();
        calls.push(`clear ${window.namespace}`);
      }
      override toString(): string {
        return 'Recording';
      }
    }
    const harness = await fired(EventTimeSessionWindows.withGap(10), new Recording());
    for (const [n, at] of [
      [1, 0],
      [2, 15],
      [3, 8],
    ] as const)
      await harness.processElement(n, at);
    await harness.processWatermark(99);
    expect(calls).toEqual([
      'element 1 in 0..10',
      'element 2 in 15..25',
      'merged to 0..25: 1,2',
      'clear 0..10',
      'clear 15..25',
      'element 3 in 0..25',
      'time 24 in 0..25: 1,2,3',
      'clear 0..25',
    ]);
    expect(harness.output()).toEqual(['1+2+3']);
    expect(leftovers(harness)).toEqual([0, 0, 0]);
  });
});
