import { Trigger } from '../trigger.js';
import type { OnMergeContext, TriggerContext } from '../trigger.js';
import { TriggerResult } from '../trigger-result.js';
import type { Window } from '../window.js';

/**
 * Fires when the watermark reaches the end of the window (`watermark >= maxTimestamp`), and at once for an element whose
 * window has ended already and is kept for late ones. The default of event-time windows.
 */
export class EventTimeTrigger extends Trigger<unknown, Window> {
  private constructor() {
    super();
  }

  static create(): EventTimeTrigger {
    return new EventTimeTrigger();
  }

  override onElement(
    _element: unknown,
    _timestamp: number | undefined,
    window: Window,
    context: TriggerContext,
  ): TriggerResult {
    if (window.maxTimestamp() <= context.getCurrentWatermark()) return TriggerResult.FIRE;
    context.registerEventTimeTimer(window.maxTimestamp());
    return TriggerResult.CONTINUE;
  }

  override onEventTime(time: number, window: Window): TriggerResult {
    // The other timer is that of the end of lateness.
    return time === window.maxTimestamp() ? TriggerResult.FIRE : TriggerResult.CONTINUE;
  }

  override onProcessingTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  override clear(window: Window, context: TriggerContext): void {
    context.deleteEventTimeTimer(window.maxTimestamp());
  }

  override canMerge(): boolean {
    return true;
  }

  override onMerge(window: Window, context: OnMergeContext): void {
    // Where the end has passed, the element that made the windows one fires.
    const end = window.maxTimestamp();
    if (end > context.getCurrentWatermark()) context.registerEventTimeTimer(end);
  }

  override toString(): string {
    return 'EventTimeTrigger';
  }
}
