import type { Window } from './window.js';

/** An element of a window with its event time in milliseconds, undefined where it has none. */
export interface TimestampedValue<T> {
  readonly value: T;
  readonly timestamp: number | undefined;
}

/** What an evictor may ask for. */
export interface EvictorContext {
  /** Milliseconds since 1970 UTC by the task's clock. */
  getCurrentProcessingTime(): number;
  /** The watermark, in milliseconds of event time. */
  getCurrentWatermark(): number;
}

/**
 * Takes elements out of a window when its trigger fires, before or after the window function; what it takes is gone.
 * With an evictor a window keeps every element: reduce and aggregate functions run over all of them at each firing.
 *
 * @see Flink, "Windows", "Evictors"
 */
export interface Evictor<T, W extends Window> {
  /** The elements to keep, in the order given, before the function sees them. May be none: it then sees none. */
  evictBefore<E extends T>(
    elements: readonly TimestampedValue<E>[],
    window: W,
    context: EvictorContext,
  ): readonly TimestampedValue<E>[];
  /** The elements to keep for the next firing, after the function has seen them. */
  evictAfter<E extends T>(
    elements: readonly TimestampedValue<E>[],
    window: W,
    context: EvictorContext,
  ): readonly TimestampedValue<E>[];
  /** One line for `describe`. */
  toString(): string;
}

/** An evictor that does the same thing on one side of the function; the built-in ones, which run before by default. */
export abstract class OneSidedEvictor<T> implements Evictor<T, Window> {
  readonly #isAfter: boolean;

  protected constructor(isAfter: boolean) {
    this.#isAfter = isAfter;
  }

  protected abstract keep<E extends T>(elements: readonly TimestampedValue<E>[]): readonly TimestampedValue<E>[];

  evictBefore<E extends T>(elements: readonly TimestampedValue<E>[]): readonly TimestampedValue<E>[] {
    return this.#isAfter ? elements : this.keep(elements);
  }

  evictAfter<E extends T>(elements: readonly TimestampedValue<E>[]): readonly TimestampedValue<E>[] {
    return this.#isAfter ? this.keep(elements) : elements;
  }
}
