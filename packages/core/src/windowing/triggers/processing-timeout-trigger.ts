import { Serializers } from '../../state/serializer.js';
import { ValueStateDescriptor } from '../../state/state-descriptor.js';
import type { StateDescriptor } from '../../state/state-descriptor.js';
import { checkDuration } from '../assigners/check-bounds.js';
import { Trigger } from '../trigger.js';
import type { TriggerContext } from '../trigger.js';
import { isFire, isPurge, TriggerResult } from '../trigger-result.js';
import type { Window } from '../window.js';

/** When the timeout fires, by the clock. */
const TIMEOUT = new ValueStateDescriptor<number>('trigger-timeout', { serializer: Serializers.number() });

/** Options of `ProcessingTimeoutTrigger.of`. */
export interface ProcessingTimeoutOptions {
  /**
   * Whether each element begins the timeout anew. A steady stream then puts it off for ever.
   * @default false: it counts from the first element after a firing
   */
  readonly resetTimerOnNewRecord?: boolean;
  /**
   * Whether the nested trigger is cleared when the timeout fires: its count begins anew. Where it is not, and the
   * elements are purged, a count goes on from elements that are gone.
   * @default true
   */
  readonly shouldClearOnTimeout?: boolean;
}

/**
 * Makes another trigger fire also when a time has passed, by the clock, since the first element after a firing. Does not
 * drop elements: wrap it in a PurgingTrigger for that.
 */
export class ProcessingTimeoutTrigger<T, W extends Window> extends Trigger<T, W> {
  readonly #nested: Trigger<T, W>;
  readonly #timeout: number;
  readonly #resets: boolean;
  readonly #clears: boolean;

  private constructor(nested: Trigger<T, W>, timeout: number, options: ProcessingTimeoutOptions) {
    super();
    checkDuration('the timeout of a ProcessingTimeoutTrigger', timeout);
    this.#nested = nested;
    this.#timeout = timeout;
    this.#resets = options.resetTimerOnNewRecord ?? false;
    this.#clears = options.shouldClearOnTimeout ?? true;
  }

  /** @param timeout milliseconds @throws RangeError where it is not a whole number of at least 1 */
  static of<T, W extends Window>(
    nested: Trigger<T, W>,
    timeout: number,
    options: ProcessingTimeoutOptions = {},
  ): ProcessingTimeoutTrigger<T, W> {
    return new ProcessingTimeoutTrigger(nested, timeout, options);
  }

  override get states(): readonly StateDescriptor<unknown>[] {
    return [...this.#nested.states, TIMEOUT];
  }

  override onElement(element: T, timestamp: number | undefined, window: W, context: TriggerContext): TriggerResult {
    const result = this.#nested.onElement(element, timestamp, window, context);
    if (isFire(result)) {
      this.clear(window, context);
      return result;
    }
    const timeout = context.getPartitionedState(TIMEOUT);
    const before = timeout.value();
    if (before !== undefined && !this.#resets) return result;
    if (before !== undefined) context.deleteProcessingTimeTimer(before);
    const next = context.getCurrentProcessingTime() + this.#timeout;
    timeout.update(next);
    context.registerProcessingTimeTimer(next);
    return result;
  }

  override onEventTime(time: number, window: W, context: TriggerContext): TriggerResult {
    const result = this.#nested.onEventTime(time, window, context);
    if (isFire(result) && this.#clears) this.clear(window, context);
    return result;
  }

  override onProcessingTime(time: number, window: W, context: TriggerContext): TriggerResult {
    const result = this.#nested.onProcessingTime(time, window, context);
    const timeout = context.getPartitionedState(TIMEOUT);
    const isTimeout = timeout.value() === time;
    if (!isTimeout && !isFire(result)) return result;
    // The timer is gone: the next element begins the timeout anew.
    if (isTimeout) timeout.clear();
    if (this.#clears) this.clear(window, context);
    return isPurge(result) ? TriggerResult.FIRE_AND_PURGE : TriggerResult.FIRE;
  }

  override clear(window: W, context: TriggerContext): void {
    const timeout = context.getPartitionedState(TIMEOUT);
    const at = timeout.value();
    if (at !== undefined) context.deleteProcessingTimeTimer(at);
    timeout.clear();
    this.#nested.clear(window, context);
  }

  override toString(): string {
    return `ProcessingTimeoutTrigger(${this.#nested.toString()}, ${String(this.#timeout)} ms)`;
  }
}
