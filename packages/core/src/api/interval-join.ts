import { IntervalJoinOperator } from '../operators/interval-join-operator.js';
import type { JoinedPair, ProcessJoinFunction } from '../operators/process-join-function.js';
import type { Serializer } from '../state/serializer.js';
import type { SingleOutputStream } from './data-stream.js';
import type { KeyedStream } from './keyed-stream.js';
import { madeOf } from './made-of.js';
import type { KeyedProcessOptions, ProcessOptions } from './options.js';
import type { OutputTag } from './output-tag.js';

/** Options of `IntervalJoined.process`. The uid is required: elements that wait for partners are kept under it. */
export interface IntervalJoinOptions<L, R> extends KeyedProcessOptions<JoinedPair<L, R>> {
  /**
   * How elements of the left stream are stored while they wait. Changing it makes what is stored unreadable, unless it can
   * migrate.
   * @default Serializers.structuredClone()
   */
  readonly leftSerializer?: Serializer<L>;
  /** The same for the right stream. @default Serializers.structuredClone() */
  readonly rightSerializer?: Serializer<R>;
}

interface Bounds<L, R> {
  readonly lowerMs: number;
  readonly upperMs: number;
  readonly isLowerInclusive: boolean;
  readonly isUpperInclusive: boolean;
  readonly leftLateTag: OutputTag<L> | undefined;
  readonly rightLateTag: OutputTag<R> | undefined;
}

/** Two keyed streams, before it is said how far apart in time elements may be that belong together. */
export class IntervalJoin<K extends string | number, L, R> {
  readonly #left: KeyedStream<K, L>;
  readonly #right: KeyedStream<K, R>;

  /** @internal */
  constructor(left: KeyedStream<K, L>, right: KeyedStream<K, R>) {
    this.#left = left;
    this.#right = right;
  }

  /**
   * Elements belong together where `left + lowerMs <= right <= left + upperMs` in event time; both bounds may be negative.
   *
   * @throws RangeError where they are no whole numbers of milliseconds, or the lower is over the upper
   */
  between(lowerMs: number, upperMs: number): IntervalJoined<K, L, R> {
    for (const bound of [lowerMs, upperMs]) {
      if (!Number.isSafeInteger(bound)) {
        throw new RangeError(`bounds of an interval join are whole milliseconds, not ${String(bound)}`);
      }
    }
    return new IntervalJoined(this.#left, this.#right, {
      lowerMs,
      upperMs,
      isLowerInclusive: true,
      isUpperInclusive: true,
      leftLateTag: undefined,
      rightLateTag: undefined,
    });
  }
}

/**
 * An inner join of two keyed streams by key and event time. Elements are kept until the watermark says that no partner
 * can come any more; one that comes behind the watermark is late and joins nothing.
 *
 * @see Flink, "Joining", "Interval Join"
 *
 * @example
 * ```ts
 * import { TwoInputOperatorHarness } from '@millrace/core/testing';
 *
 * const harness = await TwoInputOperatorHarness.forStreams<string, string, string>((clicks, views) =>
 *   clicks
 *     .keyBy(() => 'one user')
 *     .intervalJoin(views.keyBy(() => 'one user'))
 *     .between(-2_000, 0) // views of the two seconds before the click
 *     .process(
 *       { processElement: (click, view, _context, out) => out.collect(`${click} after ${view}`) },
 *       { uid: 'click after view' },
 *     ),
 * );
 * await harness.processElement2('home', 1_000);
 * await harness.processElement2('list', 4_000);
 * await harness.processElement1('buy', 5_000);
 * harness.output(); // => ['buy after list']
 * await harness.processWatermark(8_000);
 * harness.numKeyedStateEntries(); // => 0
 * ```
 */
export class IntervalJoined<K extends string | number, L, R> {
  readonly #left: KeyedStream<K, L>;
  readonly #right: KeyedStream<K, R>;
  readonly #bounds: Bounds<L, R>;

  /** @internal */
  constructor(left: KeyedStream<K, L>, right: KeyedStream<K, R>, bounds: Bounds<L, R>) {
    this.#left = left;
    this.#right = right;
    this.#bounds = bounds;
  }

  /** A right element exactly at the lower bound does not belong. */
  lowerBoundExclusive(): IntervalJoined<K, L, R> {
    return this.#with({ isLowerInclusive: false });
  }

  /** A right element exactly at the upper bound does not belong. */
  upperBoundExclusive(): IntervalJoined<K, L, R> {
    return this.#with({ isUpperInclusive: false });
  }

  /** Sends late elements of the left stream there; otherwise they are counted in `numLateRecordsDropped`. */
  sideOutputLeftLateData(tag: OutputTag<L>): IntervalJoined<K, L, R> {
    return this.#with({ leftLateTag: tag });
  }

  /** Sends late elements of the right stream there; otherwise they are counted in `numLateRecordsDropped`. */
  sideOutputRightLateData(tag: OutputTag<R>): IntervalJoined<K, L, R> {
    return this.#with({ rightLateTag: tag });
  }

  /**
   * Calls the function for each pair, once, when the later of the two comes; what it emits carries the larger timestamp.
   * An element without a timestamp fails the job attempt. Pairs of one element come in the order of their timestamps.
   *
   * @throws RangeError where the bounds leave no time between them
   */
  process<OUT>(
    fn: ProcessJoinFunction<L, R, OUT> | (() => ProcessJoinFunction<L, R, OUT>),
    options: IntervalJoinOptions<L, R>,
  ): SingleOutputStream<OUT> {
    const { lowerMs, upperMs, isLowerInclusive, isUpperInclusive, leftLateTag, rightLateTag } = this.#bounds;
    const lower = isLowerInclusive ? lowerMs : lowerMs + 1;
    const upper = isUpperInclusive ? upperMs : upperMs - 1;
    if (lower > upper) {
      throw new RangeError(`no element can be between ${String(lower)} and ${String(upper)} ms of another`);
    }
    return this.#left.stream.transformTwo(
      'intervalJoin',
      this.#right.stream,
      // Side outputs and dead letters are all that the graph reads of them, and those do not depend on the input.
      options as ProcessOptions<unknown>,
      () =>
        new IntervalJoinOperator<K, L, R, OUT>({
          keyOfLeft: this.#left.keyOf,
          keyOfRight: this.#right.keyOf,
          lower,
          upper,
          leftLateTag,
          rightLateTag,
          fn: madeOf(fn),
          errors: options.errors,
          leftSerializer: options.leftSerializer,
          rightSerializer: options.rightSerializer,
        }),
      {
        isStateful: true,
        detail: `right within ${isLowerInclusive ? '[' : '('}${String(lowerMs)}, ${String(upperMs)}${isUpperInclusive ? ']' : ')'} ms of left`,
      },
    );
  }

  #with(changed: Partial<Bounds<L, R>>): IntervalJoined<K, L, R> {
    return new IntervalJoined(this.#left, this.#right, { ...this.#bounds, ...changed });
  }
}
