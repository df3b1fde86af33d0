import { OneSidedEvictor } from '../evictor.js';
import type { TimestampedValue } from '../evictor.js';

/** Keeps the elements of the last stretch of event time before the latest element of the window. */
export class TimeEvictor extends OneSidedEvictor<unknown> {
  readonly #windowSize: number;

  private constructor(windowSize: number, isAfter: boolean) {
    super(isAfter);
    this.#windowSize = windowSize;
  }

  /**
   * Keeps elements later than the largest timestamp minus `windowSize`. One exactly that old goes, as in Flink's code
   * (its documentation says it stays). Elements without timestamps all stay.
   *
   * @param windowSize milliseconds
   * @param doEvictAfter whether it runs after the window function instead of before it
   */
  static of(windowSize: number, doEvictAfter = false): TimeEvictor {
    return new TimeEvictor(windowSize, doEvictAfter);
  }

  protected override keep<E>(elements: readonly TimestampedValue<E>[]): readonly TimestampedValue<E>[] {
    // As in Flink the first element tells whether there are timestamps: a stream has them or has none.
    if (elements[0]?.timestamp === undefined) return elements;
    let latest = -Infinity;
    for (const { timestamp } of elements) if (timestamp !== undefined && timestamp > latest) latest = timestamp;
    const cutoff = latest - this.#windowSize;
    return elements.filter(({ timestamp }) => timestamp === undefined || timestamp > cutoff);
  }

  override toString(): string {
    return `TimeEvictor(${String(this.#windowSize)} ms)`;
  }
}
