import { OneSidedEvictor } from '../evictor.js';
import type { TimestampedValue } from '../evictor.js';

/** Keeps the last elements, by order of arrival. */
export class CountEvictor extends OneSidedEvictor<unknown> {
  readonly #maxCount: number;

  private constructor(maxCount: number, isAfter: boolean) {
    super(isAfter);
    if (!Number.isSafeInteger(maxCount) || maxCount < 0) {
      throw new RangeError(`a CountEvictor keeps a whole number of elements, not ${String(maxCount)}`);
    }
    this.#maxCount = maxCount;
  }

  /**
   * @param maxCount elements to keep
   * @param doEvictAfter whether it runs after the window function instead of before it
   */
  static of(maxCount: number, doEvictAfter = false): CountEvictor {
    return new CountEvictor(maxCount, doEvictAfter);
  }

  protected override keep<E>(elements: readonly TimestampedValue<E>[]): readonly TimestampedValue<E>[] {
    return elements.length <= this.#maxCount ? elements : elements.slice(elements.length - this.#maxCount);
  }

  override toString(): string {
    return `CountEvictor(${String(this.#maxCount)})`;
  }
}
