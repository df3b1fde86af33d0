import { BoundedOutOfOrdernessWatermarks, noWatermarksGenerator } from './watermark-generator.js';
import type { WatermarkGenerator } from './watermark-generator.js';

/** The event time of an element in milliseconds. `recordTimestamp` is what the source knows, if anything. */
export type TimestampAssigner<T> = (event: T, recordTimestamp: number | undefined) => number;

/** Keeps splits of a group from running ahead of the slowest in event time. */
export interface WatermarkAlignment {
  /** Splits with the same group wait for each other, over all tasks of the process. */
  readonly group: string;
  /** Milliseconds of event time that a split may be ahead of the group's slowest before it is not read for a while. */
  readonly maxDriftMs: number;
  /** Milliseconds between two looks at the others. */
  readonly updateIntervalMs: number;
}

interface Parts<T> {
  readonly create: () => WatermarkGenerator<T>;
  readonly assigner?: TimestampAssigner<T>;
  readonly idlenessMs?: number;
  readonly alignment?: WatermarkAlignment;
}

/**
 * How a stream knows event time: where timestamps come from, and how far elements may be out of order. Given to a
 * source, every split has a generator of its own and the task's watermark is the minimum over its splits. Immutable: each
 * method returns a new strategy.
 *
 * @see Flink, "Generating Watermarks"
 *
 * @example
 * ```ts
 * import { WatermarkStrategy } from '@millrace/core';
 *
 * const strategy = WatermarkStrategy.forBoundedOutOfOrderness<{ readonly ets: number }>(2_000)
 *   .withTimestampAssigner((event) => event.ets)
 *   .withIdleness(60_000);
 * strategy.idlenessMs; // => 60000
 * ```
 */
export class WatermarkStrategy<T> {
  readonly #parts: Parts<T>;

  private constructor(parts: Parts<T>) {
    this.#parts = parts;
  }

  /** Timestamps of a split never go back. */
  static forMonotonousTimestamps<T>(): WatermarkStrategy<T> {
    return WatermarkStrategy.forBoundedOutOfOrderness<T>(0);
  }

  /** Elements of a split are at most this many milliseconds behind its newest. @throws RangeError below 0 */
  static forBoundedOutOfOrderness<T>(outOfOrdernessMs: number): WatermarkStrategy<T> {
    new BoundedOutOfOrdernessWatermarks(outOfOrdernessMs);
    return new WatermarkStrategy<T>({ create: () => new BoundedOutOfOrdernessWatermarks(outOfOrdernessMs) });
  }

  /** No watermarks: event-time windows and timers of this stream fire at the end of a bounded input only. */
  static noWatermarks<T>(): WatermarkStrategy<T> {
    return new WatermarkStrategy<T>({ create: () => noWatermarksGenerator });
  }

  /** A generator of one's own; `create` is called once for each split. */
  static forGenerator<T>(create: () => WatermarkGenerator<T>): WatermarkStrategy<T> {
    return new WatermarkStrategy<T>({ create });
  }

  /** Where timestamps come from. @default the source's own (a Kafka record's timestamp) */
  withTimestampAssigner(assigner: TimestampAssigner<T>): WatermarkStrategy<T> {
    return new WatermarkStrategy<T>({ ...this.#parts, assigner });
  }

  /**
   * A split without elements for `ms` milliseconds is idle: the others' watermark goes on without it. Without it one
   * quiet split holds back every window.
   *
   * @throws RangeError where it is not above 0
   */
  withIdleness(ms: number): WatermarkStrategy<T> {
    if (!(ms > 0)) throw new RangeError('idleness is more than 0 milliseconds');
    return new WatermarkStrategy<T>({ ...this.#parts, idlenessMs: ms });
  }

  /**
   * Splits of the group that are ahead of its slowest by more than `maxDriftMs` are not read until it has caught up;
   * keeps state small where splits are read at very different speeds.
   *
   * @param updateIntervalMs milliseconds between two looks at the others
   * @throws RangeError where the drift is below 0 or the interval not above 0
   */
  withWatermarkAlignment(group: string, maxDriftMs: number, updateIntervalMs = 1_000): WatermarkStrategy<T> {
    if (!(maxDriftMs >= 0) || !(updateIntervalMs > 0)) {
      throw new RangeError('the drift of an alignment is at least 0, its interval more than 0 milliseconds');
    }
    return new WatermarkStrategy<T>({ ...this.#parts, alignment: { group, maxDriftMs, updateIntervalMs } });
  }

  /** A generator for one split. */
  createWatermarkGenerator(): WatermarkGenerator<T> {
    return this.#parts.create();
  }

  get timestampAssigner(): TimestampAssigner<T> | undefined {
    return this.#parts.assigner;
  }

  get idlenessMs(): number | undefined {
    return this.#parts.idlenessMs;
  }

  get alignment(): WatermarkAlignment | undefined {
    return this.#parts.alignment;
  }
}
