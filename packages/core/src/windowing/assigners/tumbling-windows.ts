import { TimeWindow } from '../time-window.js';
import type { Trigger } from '../trigger.js';
import { EventTimeTrigger } from '../triggers/event-time-trigger.js';
import { ProcessingTimeTrigger } from '../triggers/processing-time-trigger.js';
import { WindowAssigner } from '../window-assigner.js';
import type { WindowAssignerContext } from '../window-assigner.js';
import { checkDuration, checkOffset } from './check-bounds.js';
import { eventTimeOf } from './event-time-of.js';
import { WindowCache } from './window-cache.js';

abstract class TumblingWindows extends WindowAssigner<unknown, TimeWindow> {
  readonly size: number;
  readonly offset: number;
  readonly #windows: WindowCache;

  protected constructor(size: number, offset: number) {
    super();
    checkDuration('the size of a tumbling window', size);
    checkOffset(offset, size);
    this.size = size;
    this.offset = offset;
    this.#windows = new WindowCache(size);
  }

  protected windowsAt(timestamp: number): readonly TimeWindow[] {
    return this.#windows.alone(TimeWindow.startOf(timestamp, this.offset, this.size));
  }

  override windowOf(namespace: string): TimeWindow {
    return TimeWindow.of(namespace);
  }

  protected describe(name: string): string {
    return `${name}(${String(this.size)} ms${this.offset === 0 ? '' : `, offset ${String(this.offset)} ms`})`;
  }
}

/**
 * Windows of one size by event time, one after another without a gap. They begin at multiples of the size since 1970
 * UTC; an offset shifts them (days of another time zone: `of(86_400_000, -5.5 * 3_600_000)` for India).
 *
 * @example
 * ```ts
 * import { TumblingEventTimeWindows } from '@millrace/core';
 *
 * const hours = TumblingEventTimeWindows.of(3_600_000);
 * const [hour] = hours.assignWindows('any', 5_000_000);
 * [hour?.start, hour?.end]; // => [3_600_000, 7_200_000]
 * ```
 * @see Flink, "Windows", "Tumbling Windows"
 */
export class TumblingEventTimeWindows extends TumblingWindows {
  override readonly isEventTime = true;

  /**
   * @param size milliseconds, a whole number of at least 1
   * @param offset milliseconds, smaller than the size either way
   * @throws RangeError where they are not
   */
  static of(size: number, offset = 0): TumblingEventTimeWindows {
    return new TumblingEventTimeWindows(size, offset);
  }

  override assignWindows(_element: unknown, timestamp: number | undefined): readonly TimeWindow[] {
    return this.windowsAt(eventTimeOf(timestamp, this));
  }

  override getDefaultTrigger(): Trigger<unknown, TimeWindow> {
    return EventTimeTrigger.create();
  }

  override toString(): string {
    return this.describe('TumblingEventTimeWindows');
  }
}

/** As `TumblingEventTimeWindows`, by the task's clock at the moment an element is processed. */
export class TumblingProcessingTimeWindows extends TumblingWindows {
  override readonly isEventTime = false;

  /** @param size milliseconds @param offset milliseconds @throws RangeError as `TumblingEventTimeWindows.of` */
  static of(size: number, offset = 0): TumblingProcessingTimeWindows {
    return new TumblingProcessingTimeWindows(size, offset);
  }

  override assignWindows(
    _element: unknown,
    _timestamp: number | undefined,
    context: WindowAssignerContext,
  ): readonly TimeWindow[] {
    return this.windowsAt(context.getCurrentProcessingTime());
  }

  override getDefaultTrigger(): Trigger<unknown, TimeWindow> {
    return ProcessingTimeTrigger.create();
  }

  override toString(): string {
    return this.describe('TumblingProcessingTimeWindows');
  }
}
