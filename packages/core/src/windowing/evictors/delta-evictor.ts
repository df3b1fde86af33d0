import { OneSidedEvictor } from '../evictor.js';
import type { TimestampedValue } from '../evictor.js';

/** Drops the elements that are too far from the one that came last. */
export class DeltaEvictor<T> extends OneSidedEvictor<T> {
  readonly #threshold: number;
  readonly #delta: (element: T, last: T) => number;

  private constructor(threshold: number, delta: (element: T, last: T) => number, isAfter: boolean) {
    super(isAfter);
    this.#threshold = threshold;
    this.#delta = delta;
  }

  /**
   * @param threshold elements whose delta is at or above it are dropped
   * @param delta how far an element is from the last one of the window
   * @param doEvictAfter whether it runs after the window function instead of before it
   */
  static of<T>(threshold: number, delta: (element: T, last: T) => number, doEvictAfter = false): DeltaEvictor<T> {
    return new DeltaEvictor(threshold, delta, doEvictAfter);
  }

  protected override keep<E extends T>(elements: readonly TimestampedValue<E>[]): readonly TimestampedValue<E>[] {
    const last = elements.at(-1);
    if (last === undefined) return elements;
    return elements.filter(({ value }) => this.#delta(value, last.value) < this.#threshold);
  }

  override toString(): string {
    return `DeltaEvictor(${String(this.#threshold)})`;
  }
}
