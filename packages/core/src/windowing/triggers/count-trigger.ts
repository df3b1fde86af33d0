import { Serializers } from '../../state/serializer.js';
import { ReducingStateDescriptor } from '../../state/state-descriptor.js';
import { Trigger } from '../trigger.js';
import type { OnMergeContext, TriggerContext } from '../trigger.js';
import { TriggerResult } from '../trigger-result.js';
import type { Window } from '../window.js';

const COUNT = new ReducingStateDescriptor<number>('trigger-count', (a, b) => a + b, {
  serializer: Serializers.number(),
});

/** Fires when the window has had `maxCount` elements since it fired last. It does not fire at the window's end. */
export class CountTrigger extends Trigger<unknown, Window> {
  readonly #maxCount: number;

  private constructor(maxCount: number) {
    super();
    if (!Number.isSafeInteger(maxCount) || maxCount < 1) {
      throw new RangeError(`a CountTrigger counts to a whole number of at least 1, not ${String(maxCount)}`);
    }
    this.#maxCount = maxCount;
  }

  /** @throws RangeError where the count is not a whole number of at least 1 */
  static of(maxCount: number): CountTrigger {
    return new CountTrigger(maxCount);
  }

  override get states(): readonly [typeof COUNT] {
    return [COUNT];
  }

  override onElement(
    _element: unknown,
    _timestamp: number | undefined,
    _window: Window,
    context: TriggerContext,
  ): TriggerResult {
    const count = context.getPartitionedState(COUNT);
    count.add(1);
    if ((count.get() ?? 0) < this.#maxCount) return TriggerResult.CONTINUE;
    count.clear();
    return TriggerResult.FIRE;
  }

  override onEventTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  override onProcessingTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  override clear(_window: Window, context: TriggerContext): void {
    context.getPartitionedState(COUNT).clear();
  }

  override canMerge(): boolean {
    return true;
  }

  override onMerge(_window: Window, context: OnMergeContext): void {
    context.mergePartitionedState(COUNT);
  }

  override toString(): string {
    return `CountTrigger(${String(this.#maxCount)})`;
  }
}
