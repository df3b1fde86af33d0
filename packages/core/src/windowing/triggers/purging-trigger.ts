import type { StateDescriptor } from '../../state/state-descriptor.js';
import { Trigger } from '../trigger.js';
import type { OnMergeContext, TriggerContext } from '../trigger.js';
import { isFire, TriggerResult } from '../trigger-result.js';
import type { Window } from '../window.js';

/** Makes another trigger drop the window's elements whenever it fires: each element is in one result. */
export class PurgingTrigger<T, W extends Window> extends Trigger<T, W> {
  readonly #nested: Trigger<T, W>;

  private constructor(nested: Trigger<T, W>) {
    super();
    this.#nested = nested;
  }

  static of<T, W extends Window>(nested: Trigger<T, W>): PurgingTrigger<T, W> {
    return new PurgingTrigger(nested);
  }

  override get states(): readonly StateDescriptor<unknown>[] {
    return this.#nested.states;
  }

  override onElement(element: T, timestamp: number | undefined, window: W, context: TriggerContext): TriggerResult {
    return purging(this.#nested.onElement(element, timestamp, window, context));
  }

  override onEventTime(time: number, window: W, context: TriggerContext): TriggerResult {
    return purging(this.#nested.onEventTime(time, window, context));
  }

  override onProcessingTime(time: number, window: W, context: TriggerContext): TriggerResult {
    return purging(this.#nested.onProcessingTime(time, window, context));
  }

  override clear(window: W, context: TriggerContext): void {
    this.#nested.clear(window, context);
  }

  override canMerge(): boolean {
    return this.#nested.canMerge();
  }

  override onMerge(window: W, context: OnMergeContext): void {
    this.#nested.onMerge(window, context);
  }

  override toString(): string {
    return `PurgingTrigger(${this.#nested.toString()})`;
  }
}

function purging(result: TriggerResult): TriggerResult {
  return isFire(result) ? TriggerResult.FIRE_AND_PURGE : result;
}
