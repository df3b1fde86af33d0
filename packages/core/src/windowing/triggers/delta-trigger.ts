import { ValueStateDescriptor } from '../../state/state-descriptor.js';
import type { StateOptions } from '../../state/state-descriptor.js';
import { Trigger } from '../trigger.js';
import type { TriggerContext } from '../trigger.js';
import { TriggerResult } from '../trigger-result.js';
import type { Window } from '../window.js';

/** Fires when an element is far from the one that fired last (the first element of the window to begin with). */
export class DeltaTrigger<T> extends Trigger<T, Window> {
  readonly #threshold: number;
  readonly #delta: (last: T, element: T) => number;
  readonly #lastElement: ValueStateDescriptor<T>;

  private constructor(
    threshold: number,
    delta: (last: T, element: T) => number,
    options: Pick<StateOptions<T>, 'serializer'>,
  ) {
    super();
    this.#threshold = threshold;
    this.#delta = delta;
    this.#lastElement = new ValueStateDescriptor<T>('trigger-last-element', options);
  }

  /**
   * @param threshold it fires where the delta is over it
   * @param delta how far `element` is from the one that fired last
   * @param options how the element that fired last is stored; structured cloning by default
   */
  static of<T>(
    threshold: number,
    delta: (last: T, element: T) => number,
    options: Pick<StateOptions<T>, 'serializer'> = {},
  ): DeltaTrigger<T> {
    return new DeltaTrigger(threshold, delta, options);
  }

  override get states(): readonly [ValueStateDescriptor<T>] {
    return [this.#lastElement];
  }

  override onElement(
    element: T,
    _timestamp: number | undefined,
    _window: Window,
    context: TriggerContext,
  ): TriggerResult {
    const lastElement = context.getPartitionedState(this.#lastElement);
    const last = lastElement.value();
    if (last === undefined) {
      lastElement.update(element);
      return TriggerResult.CONTINUE;
    }
    if (this.#delta(last, element) <= this.#threshold) return TriggerResult.CONTINUE;
    lastElement.update(element);
    return TriggerResult.FIRE;
  }

  override onEventTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  override onProcessingTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  override clear(_window: Window, context: TriggerContext): void {
    context.getPartitionedState(this.#lastElement).clear();
  }

  override toString(): string {
    return `DeltaTrigger(${String(this.#threshold)})`;
  }
}
