import { Trigger } from '../trigger.js';
import { TriggerResult } from '../trigger-result.js';
import type { Window } from '../window.js';

/** Never fires. The default of GlobalWindows: without another trigger nothing ever comes out of them. */
export class NeverTrigger extends Trigger<unknown, Window> {
  private constructor() {
    super();
  }

  static create(): NeverTrigger {
    return new NeverTrigger();
  }

  override onElement(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  override onEventTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  override onProcessingTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  override clear(): void {}

  override canMerge(): boolean {
    return true;
  }

  override onMerge(): void {}

  override toString(): string {
    return 'NeverTrigger';
  }
}
