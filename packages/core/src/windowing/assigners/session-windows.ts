import { TimeWindow } from '../time-window.js';
import type { Trigger } from '../trigger.js';
import { EventTimeTrigger } from '../triggers/event-time-trigger.js';
import { ProcessingTimeTrigger } from '../triggers/processing-time-trigger.js';
import { MergingWindowAssigner } from '../window-assigner.js';
import type { MergeCallback, WindowAssignerContext } from '../window-assigner.js';
import { checkDuration } from './check-bounds.js';
import { eventTimeOf } from './event-time-of.js';

/** How long after an element its session ends unless another comes: milliseconds, or a function of the element. */
type Gap<T> = number | ((element: T) => number);

abstract class SessionWindows<T> extends MergingWindowAssigner<T, TimeWindow> {
  readonly #gap: Gap<T>;

  protected constructor(gap: Gap<T>) {
    super();
    if (typeof gap === 'number') checkDuration('the gap of a session', gap);
    this.#gap = gap;
  }

  /** Every element begins as a session of its own; merging does the rest. */
  protected windowsAt(element: T, timestamp: number): readonly TimeWindow[] {
    if (typeof this.#gap === 'number') return [new TimeWindow(timestamp, timestamp + this.#gap)];
    const gap = this.#gap(element);
    checkDuration('the gap that an element gave', gap);
    return [new TimeWindow(timestamp, timestamp + gap)];
  }

  override mergeWindows(windows: readonly TimeWindow[], onMerge: MergeCallback<TimeWindow>): void {
    const sorted = [...windows].sort((a, b) => a.start - b.start);
    let members: TimeWindow[] = [];
    let cover: TimeWindow | undefined;
    const close = (): void => {
      if (cover !== undefined && members.length > 1) onMerge(members, cover);
    };
    for (const window of sorted) {
      if (cover?.intersects(window) === true) {
        members.push(window);
        cover = cover.cover(window);
      } else {
        close();
        members = [window];
        cover = window;
      }
    }
    close();
  }

  override windowOf(namespace: string): TimeWindow {
    return TimeWindow.of(namespace);
  }

  protected describe(name: string): string {
    return `${name}(${typeof this.#gap === 'number' ? `gap ${String(this.#gap)} ms` : 'gap of the element'})`;
  }
}

/**
 * Sessions by event time: windows that end where a key has no element for `gap` milliseconds. A late element may join
 * two sessions that were apart.
 *
 * @example
 * ```ts
 * import { EventTimeSessionWindows } from '@millrace/core';
 *
 * const visits = EventTimeSessionWindows.withGap(30 * 60_000);
 * String(visits); // => 'EventTimeSessionWindows(gap 1800000 ms)'
 * const paced = EventTimeSessionWindows.withDynamicGap((event: { pauseMs: number }) => event.pauseMs);
 * String(paced); // => 'EventTimeSessionWindows(gap of the element)'
 * ```
 * @see Flink, "Windows", "Session Windows"
 */
export class EventTimeSessionWindows<T> extends SessionWindows<T> {
  override readonly isEventTime = true;

  /** @param gapMs milliseconds, a whole number of at least 1 @throws RangeError where it is not */
  static withGap(gapMs: number): EventTimeSessionWindows<unknown> {
    return new EventTimeSessionWindows<unknown>(gapMs);
  }

  /** @param gapOf milliseconds for the element; what is not a whole number of at least 1 is an error of the element */
  static withDynamicGap<T>(gapOf: (element: T) => number): EventTimeSessionWindows<T> {
    return new EventTimeSessionWindows<T>(gapOf);
  }

  override assignWindows(element: T, timestamp: number | undefined): readonly TimeWindow[] {
    return this.windowsAt(element, eventTimeOf(timestamp, this));
  }

  override getDefaultTrigger(): Trigger<T, TimeWindow> {
    return EventTimeTrigger.create();
  }

  override toString(): string {
    return this.describe('EventTimeSessionWindows');
  }
}

/** As `EventTimeSessionWindows`, by the task's clock at the moment an element is processed. */
export class ProcessingTimeSessionWindows<T> extends SessionWindows<T> {
  override readonly isEventTime = false;

  /** @param gapMs milliseconds, a whole number of at least 1 @throws RangeError where it is not */
  static withGap(gapMs: number): ProcessingTimeSessionWindows<unknown> {
    return new ProcessingTimeSessionWindows<unknown>(gapMs);
  }

  /** @param gapOf milliseconds for the element; what is not a whole number of at least 1 is an error of the element */
  static withDynamicGap<T>(gapOf: (element: T) => number): ProcessingTimeSessionWindows<T> {
    return new ProcessingTimeSessionWindows<T>(gapOf);
  }

  override assignWindows(
    element: T,
    _timestamp: number | undefined,
    context: WindowAssignerContext,
  ): readonly TimeWindow[] {
    return this.windowsAt(element, context.getCurrentProcessingTime());
  }

  override getDefaultTrigger(): Trigger<T, TimeWindow> {
    return ProcessingTimeTrigger.create();
  }

  override toString(): string {
    return this.describe('ProcessingTimeSessionWindows');
  }
}
