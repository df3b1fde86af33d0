import { Serializers } from '../../state/serializer.js';
import { ReducingStateDescriptor } from '../../state/state-descriptor.js';
import { checkDuration } from '../assigners/check-bounds.js';
import { TimeWindow } from '../time-window.js';
import { Trigger } from '../trigger.js';
import type { OnMergeContext, TriggerContext } from '../trigger.js';
import { TriggerResult } from '../trigger-result.js';
import type { Window } from '../window.js';

/** The next firing; of windows that become one the earliest. */
const FIRE_TIME = new ReducingStateDescriptor<number>('trigger-fire-time', (a, b) => Math.min(a, b), {
  serializer: Serializers.number(),
});

/**
 * Early results: fires whenever the clock passes a multiple of the interval, from the first element on, and at the end
 * of a processing-time window. Each result is of all elements so far. On event-time windows it replaces their own
 * trigger: nothing fires when such a window ends.
 */
export class ContinuousProcessingTimeTrigger extends Trigger<unknown, Window> {
  readonly #interval: number;

  private constructor(interval: number) {
    super();
    checkDuration('the interval of a ContinuousProcessingTimeTrigger', interval);
    this.#interval = interval;
  }

  /** @param interval milliseconds @throws RangeError where it is not a whole number of at least 1 */
  static of(interval: number): ContinuousProcessingTimeTrigger {
    return new ContinuousProcessingTimeTrigger(interval);
  }

  override get states(): readonly [typeof FIRE_TIME] {
    return [FIRE_TIME];
  }

  override onElement(
    _element: unknown,
    _timestamp: number | undefined,
    window: Window,
    context: TriggerContext,
  ): TriggerResult {
    if (context.getPartitionedState(FIRE_TIME).get() === undefined) {
      this.#fireNext(TimeWindow.startOf(context.getCurrentProcessingTime(), 0, this.#interval), window, context);
    }
    return TriggerResult.CONTINUE;
  }

  override onEventTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  override onProcessingTime(time: number, window: Window, context: TriggerContext): TriggerResult {
    const fireTime = context.getPartitionedState(FIRE_TIME);
    if (fireTime.get() !== time) return TriggerResult.CONTINUE;
    fireTime.clear();
    // At its end the window has fired for the last time; anything set now would fire at once, for ever.
    if (time !== window.maxTimestamp()) this.#fireNext(time, window, context);
    return TriggerResult.FIRE;
  }

  override clear(_window: Window, context: TriggerContext): void {
    const fireTime = context.getPartitionedState(FIRE_TIME);
    const next = fireTime.get();
    if (next !== undefined) context.deleteProcessingTimeTimer(next);
    fireTime.clear();
  }

  override canMerge(): boolean {
    return true;
  }

  override onMerge(_window: Window, context: OnMergeContext): void {
    context.mergePartitionedState(FIRE_TIME);
    const next = context.getPartitionedState(FIRE_TIME).get();
    if (next !== undefined) context.registerProcessingTimeTimer(next);
  }

  #fireNext(after: number, window: Window, context: TriggerContext): void {
    const next = Math.min(after + this.#interval, window.maxTimestamp());
    context.getPartitionedState(FIRE_TIME).add(next);
    context.registerProcessingTimeTimer(next);
  }

  override toString(): string {
    return `ContinuousProcessingTimeTrigger(${String(this.#interval)} ms)`;
  }
}
