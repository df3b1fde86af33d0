import { Trigger } from '../trigger.js';
import type { OnMergeContext, TriggerContext } from '../trigger.js';
import { TriggerResult } from '../trigger-result.js';
import type { Window } from '../window.js';

/** Fires when the clock reaches the end of the window. The default of processing-time windows. */
export class ProcessingTimeTrigger extends Trigger<unknown, Window> {
  private constructor() {
    super();
  }

  static create(): ProcessingTimeTrigger {
    return new ProcessingTimeTrigger();
  }

  override onElement(
    _element: unknown,
    _timestamp: number | undefined,
    window: Window,
    context: TriggerContext,
  ): TriggerResult {
    context.registerProcessingTimeTimer(window.maxTimestamp());
    return TriggerResult.CONTINUE;
  }

  override onEventTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  override onProcessingTime(): TriggerResult {
    return TriggerResult.FIRE;
  }

  override clear(window: Window, context: TriggerContext): void {
    context.deleteProcessingTimeTimer(window.maxTimestamp());
  }

  override canMerge(): boolean {
    return true;
  }

  override onMerge(window: Window, context: OnMergeContext): void {
    const end = window.maxTimestamp();
    if (end > context.getCurrentProcessingTime()) context.registerProcessingTimeTimer(end);
  }

  override toString(): string {
    return 'ProcessingTimeTrigger';
  }
}
