import { MAX_WATERMARK } from '../time/watermark.js';
import type { Window } from './window.js';

/** How long the windows of an operator live. */
export class WindowLife {
  readonly isEventTime: boolean;
  readonly #allowedLateness: number;

  /** @param allowedLateness milliseconds of event time; windows of the clock have none */
  constructor(isEventTime: boolean, allowedLateness: number) {
    this.isEventTime = isEventTime;
    this.#allowedLateness = allowedLateness;
  }

  /** When a window is removed: by watermark or clock. At the end of time at the latest. */
  cleanupTimeOf(window: Window): number {
    const end = window.maxTimestamp();
    return this.isEventTime ? Math.min(end + this.#allowedLateness, MAX_WATERMARK) : end;
  }

  /** Time of the timer that removes the window; undefined where it would be the end of time: nothing removes it. */
  cleanupTimerOf(window: Window): number | undefined {
    const time = this.cleanupTimeOf(window);
    return time >= MAX_WATERMARK ? undefined : time;
  }

  /** Whether the window is over, so that no element may be added to it. */
  isOver(window: Window, watermark: number): boolean {
    return this.isEventTime && this.cleanupTimeOf(window) <= watermark;
  }

  /** Whether an element that no window took was late (and not just outside all windows). */
  isLate(timestamp: number | undefined, watermark: number): boolean {
    return this.isEventTime && timestamp !== undefined && timestamp + this.#allowedLateness <= watermark;
  }
}
