import { Serializers } from '../../state/serializer.js';
import { ReducingStateDescriptor } from '../../state/state-descriptor.js';
import { checkDuration } from '../assigners/check-bounds.js';
import { TimeWindow } from '../time-window.js';
import { Trigger } from '../trigger.js';
import type { OnMergeContext, TriggerContext } from '../trigger.js';
import { TriggerResult } from '../trigger-result.js';
import type { Window } from '../window.js';

/** The next early firing; of windows that become one the earliest. */
const FIRE_TIME = new ReducingStateDescriptor<number>('trigger-fire-time', (a, b) => Math.min(a, b), {
  serializer: Serializers.number(),
});

/**
 * Early results: fires whenever the watermark passes a multiple of the interval, from the first element on, and at the
 * end of the window; at once for an element whose window has ended. Each result is of all elements so far.
 */
export class ContinuousEventTimeTrigger extends Trigger<unknown, Window> {
  readonly #interval: number;

  private constructor(interval: number) {
    super();
    checkDuration('the interval of a ContinuousEventTimeTrigger', interval);
    this.#interval = interval;
  }

  /** @param interval milliseconds @throws RangeError where it is not a whole number of at least 1 */
  static of(interval: number): ContinuousEventTimeTrigger {
    return new ContinuousEventTimeTrigger(interval);
  }

  override get states(): readonly [typeof FIRE_TIME] {
    return [FIRE_TIME];
  }

  override onElement(
    _element: unknown,
    timestamp: number | undefined,
    window: Window,
    context: TriggerContext,
  ): TriggerResult {
    if (window.maxTimestamp() <= context.getCurrentWatermark()) return TriggerResult.FIRE;
    context.registerEventTimeTimer(window.maxTimestamp());
    if (timestamp !== undefined && context.getPartitionedState(FIRE_TIME).get() === undefined) {
      this.#fireNext(TimeWindow.startOf(timestamp, 0, this.#interval), window, context);
    }
    return TriggerResult.CONTINUE;
  }

  override onEventTime(time: number, window: Window, context: TriggerContext): TriggerResult {
    if (time === window.maxTimestamp()) return TriggerResult.FIRE;
    const fireTime = context.getPartitionedState(FIRE_TIME);
    if (fireTime.get() !== time) return TriggerResult.CONTINUE;
    fireTime.clear();
    this.#fireNext(time, window, context);
    return TriggerResult.FIRE;
  }

  override onProcessingTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  override clear(window: Window, context: TriggerContext): void {
    const fireTime = context.getPartitionedState(FIRE_TIME);
    const next = fireTime.get();
    if (next !== undefined) context.deleteEventTimeTimer(next);
    fireTime.clear();
    context.deleteEventTimeTimer(window.maxTimestamp());
  }

  override canMerge(): boolean {
    return true;
  }

  override onMerge(_window: Window, context: OnMergeContext): void {
    context.mergePartitionedState(FIRE_TIME);
    const next = context.getPartitionedState(FIRE_TIME).get();
    if (next !== undefined) context.registerEventTimeTimer(next);
  }

  #fireNext(after: number, window: Window, context: TriggerContext): void {
    const next = Math.min(after + this.#interval, window.maxTimestamp());
    context.getPartitionedState(FIRE_TIME).add(next);
    context.registerEventTimeTimer(next);
  }

  override toString(): string {
    return `ContinuousEventTimeTrigger(${String(this.#interval)} ms)`;
  }
}
