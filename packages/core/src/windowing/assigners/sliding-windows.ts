import { TimeWindow } from '../time-window.js';
import type { Trigger } from '../trigger.js';
import { EventTimeTrigger } from '../triggers/event-time-trigger.js';
import { ProcessingTimeTrigger } from '../triggers/processing-time-trigger.js';
import { WindowAssigner } from '../window-assigner.js';
import type { WindowAssignerContext } from '../window-assigner.js';
import { checkDuration, checkOffset } from './check-bounds.js';
import { eventTimeOf } from './event-time-of.js';
import { WindowCache } from './window-cache.js';

abstract class SlidingWindows extends WindowAssigner<unknown, TimeWindow> {
  readonly size: number;
  readonly slide: number;
  readonly offset: number;
  readonly #windows: WindowCache;

  protected constructor(size: number, slide: number, offset: number) {
    super();
    checkDuration('the size of a sliding window', size);
    checkDuration('the slide of a sliding window', slide);
    checkOffset(offset, slide);
    this.size = size;
    this.slide = slide;
    this.offset = offset;
    this.#windows = new WindowCache(size);
  }

  /** The latest window first, as in Flink. None where the slide is larger than the size and the time is in a gap. */
  protected windowsAt(timestamp: number): readonly TimeWindow[] {
    const windows: TimeWindow[] = [];
    const latest = TimeWindow.startOf(timestamp, this.offset, this.slide);
    for (let start = latest; start > timestamp - this.size; start -= this.slide) windows.push(this.#windows.at(start));
    return windows;
  }

  override windowOf(namespace: string): TimeWindow {
    return TimeWindow.of(namespace);
  }

  protected describe(name: string): string {
    const offset = this.offset === 0 ? '' : `, offset ${String(this.offset)} ms`;
    return `${name}(${String(this.size)} ms every ${String(this.slide)} ms${offset})`;
  }
}

/**
 * Windows of one size by event time that begin every `slide` milliseconds. An element belongs to about size / slide
 * windows, each with its own copy: a slide much smaller than the size is paid for in state.
 *
 * @example
 * ```ts
 * import { SlidingEventTimeWindows } from '@millrace/core';
 *
 * const windows = SlidingEventTimeWindows.of(10, 5);
 * windows.assignWindows('any', 12).map(({ start }) => start); // => [10, 5]
 * ```
 * @see Flink, "Windows", "Sliding Windows"
 */
export class SlidingEventTimeWindows extends SlidingWindows {
  override readonly isEventTime = true;

  /**
   * @param size milliseconds, a whole number of at least 1
   * @param slide milliseconds between the beginnings of two windows
   * @param offset milliseconds, smaller than the slide either way
   * @throws RangeError where they are not
   */
  static of(size: number, slide: number, offset = 0): SlidingEventTimeWindows {
    return new SlidingEventTimeWindows(size, slide, offset);
  }

  override assignWindows(_element: unknown, timestamp: number | undefined): readonly TimeWindow[] {
    return this.windowsAt(eventTimeOf(timestamp, this));
  }

  override getDefaultTrigger(): Trigger<unknown, TimeWindow> {
    return EventTimeTrigger.create();
  }

  override toString(): string {
    return this.describe('SlidingEventTimeWindows');
  }
}

/** As `SlidingEventTimeWindows`, by the task's clock at the moment an element is processed. */
export class SlidingProcessingTimeWindows extends SlidingWindows {
  override readonly isEventTime = false;

  /** @param size milliseconds @param slide milliseconds @param offset milliseconds @throws RangeError as above */
  static of(size: number, slide: number, offset = 0): SlidingProcessingTimeWindows {
    return new SlidingProcessingTimeWindows(size, slide, offset);
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
    return this.describe('SlidingProcessingTimeWindows');
  }
}
