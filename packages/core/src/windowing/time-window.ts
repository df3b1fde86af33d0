import { Window } from './window.js';

/** Between the bounds in a namespace; a minus sign may follow it. */
const SEPARATOR = '..';

/**
 * The elements of one stretch of time: `start` belongs to it, `end` does not. Milliseconds since 1970 UTC.
 *
 * @example
 * ```ts
 * import { TimeWindow } from '@millrace/core';
 *
 * const window = new TimeWindow(0, 1_000);
 * window.maxTimestamp(); // => 999
 * ```
 * @see Flink, "Windows", "Window Lifecycle"
 */
export class TimeWindow extends Window {
  readonly start: number;
  readonly end: number;
  #namespace: string | undefined;

  constructor(start: number, end: number) {
    super();
    this.start = start;
    this.end = end;
  }

  override maxTimestamp(): number {
    return this.end - 1;
  }

  /** Made once: state is looked up with it for every element. */
  override get namespace(): string {
    return (this.#namespace ??= `${String(this.start)}${SEPARATOR}${String(this.end)}`);
  }

  /** The window that `namespace` is the text of. */
  static of(namespace: string): TimeWindow {
    const at = namespace.indexOf(SEPARATOR, 1);
    const start = at < 0 ? NaN : Number(namespace.slice(0, at));
    const end = at < 0 ? NaN : Number(namespace.slice(at + SEPARATOR.length));
    if (Number.isNaN(start) || Number.isNaN(end))
      throw new TypeError(`${namespace} is not the namespace of a time window`);
    const window = new TimeWindow(start, end);
    window.#namespace = namespace;
    return window;
  }

  /** Whether the two overlap or touch: a session that begins where another ends is the same session, as in Flink. */
  intersects(other: TimeWindow): boolean {
    return this.start <= other.end && this.end >= other.start;
  }

  /** The smallest window that holds both. */
  cover(other: TimeWindow): TimeWindow {
    return new TimeWindow(Math.min(this.start, other.start), Math.max(this.end, other.end));
  }

  /**
   * Begin of the window of `size` milliseconds that `timestamp` falls into, where windows begin at every multiple of
   * `size` since 1970 UTC, plus `offset`.
   */
  static startOf(timestamp: number, offset: number, size: number): number {
    const remainder = (timestamp - offset) % size;
    return remainder < 0 ? timestamp - (remainder + size) : timestamp - remainder;
  }
}
