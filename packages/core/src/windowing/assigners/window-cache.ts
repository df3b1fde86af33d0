import { TimeWindow } from '../time-window.js';

/** Windows remembered at once; an out-of-order stream moves between a few. */
const MAX_REMEMBERED = 256;

/**
 * The windows of one size that were asked for lately, one object each: the text that state is looked up with is made
 * once per window, not once per element.
 */
export class WindowCache {
  readonly #size: number;
  readonly #windows = new Map<number, readonly [TimeWindow]>();
  #last: readonly [TimeWindow] | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  /** The window that begins at `start`, alone in an array, as an assigner returns it. */
  alone(start: number): readonly [TimeWindow] {
    if (this.#last?.[0].start === start) return this.#last;
    let found = this.#windows.get(start);
    if (found === undefined) {
      if (this.#windows.size >= MAX_REMEMBERED) this.#windows.clear();
      found = [new TimeWindow(start, start + this.#size)];
      this.#windows.set(start, found);
    }
    this.#last = found;
    return found;
  }

  at(start: number): TimeWindow {
    return this.alone(start)[0];
  }
}
