import type { AggregateFunction, ReduceFunction } from '../state/aggregate-function.js';
import type { StreamOperator } from '../runtime/operator.js';
import type { Evictor } from '../windowing/evictor.js';
import { applying, processing } from '../windowing/internal-window-function.js';
import type { ProcessWindowFunction, WindowFunction } from '../windowing/process-window-function.js';
import type { Trigger } from '../windowing/trigger.js';
import { aggregateOperator, checkMerges, reduceOperator } from '../windowing/window-functions.js';
import type { WindowPlan } from '../windowing/window-plan.js';
import type { Window } from '../windowing/window.js';
import type { SingleOutputStream } from './data-stream.js';
import type { KeyedStream } from './keyed-stream.js';
import { madeOf } from './made-of.js';
import type { OutputTag } from './output-tag.js';
import { withLateTag } from './window-options.js';
import type { WindowOptions } from './window-options.js';

/** A window function, or a factory of one where it keeps anything between calls. */
type FunctionOrFactory<K, IN, OUT, W extends Window> =
  ProcessWindowFunction<K, IN, OUT, W> | (() => ProcessWindowFunction<K, IN, OUT, W>);

/**
 * The elements of each key in windows. Say how windows are evaluated (trigger, evictor, lateness; each call gives a new
 * object), then with which function. Results carry the window's last moment as timestamp. Windows and their timers are
 * restored with the position: every record counts in them exactly once, results may be repeated after a failure.
 *
 * @example
 * ```ts
 * import { OutputTag, TumblingEventTimeWindows } from '@millrace/core';
 * import { OperatorHarness } from '@millrace/core/testing';
 *
 * const late = new OutputTag<{ user: string }>('late');
 * const harness = await OperatorHarness.forStream<{ user: string }, string>((clicks) =>
 *   clicks
 *     .keyBy(({ user }) => user)
 *     .window(TumblingEventTimeWindows.of(60_000))
 *     .sideOutputLateData(late)
 *     .aggregate(
 *       { createAccumulator: () => 0, add: (_click, count) => count + 1, getResult: (count) => count },
 *       {
 *         process(user, context, [count], out) {
 *           out.collect(`${user}: ${String(count)} from ${String(context.window().start)} on`);
 *         },
 *       },
 *       { uid: 'clicks-per-minute' },
 *     ),
 * );
 * await harness.processElement({ user: 'asha' }, 1_000);
 * await harness.processElement({ user: 'asha' }, 59_999);
 * await harness.processWatermark(60_000);
 * harness.records(); // => [{ value: 'asha: 2 from 0 on', timestamp: 59_999 }]
 * await harness.processElement({ user: 'asha' }, 2_000);
 * harness.sideOutput(late); // => [{ user: 'asha' }]
 * ```
 * @see Flink, "Windows"
 */
export class WindowedStream<K extends string | number, T, W extends Window> {
  readonly #keyed: KeyedStream<K, T>;
  readonly #plan: WindowPlan<K, T, W>;

  /** @internal */
  constructor(keyed: KeyedStream<K, T>, plan: WindowPlan<K, T, W>) {
    this.#keyed = keyed;
    this.#plan = plan;
  }

  /**
   * Replaces the trigger that the assigner brings.
   *
   * @throws TypeError where windows merge and the trigger cannot
   */
  trigger(trigger: Trigger<T, W>): WindowedStream<K, T, W> {
    return new WindowedStream(this.#keyed, this.#plan.with({ trigger }));
  }

  /** Takes elements out when a window fires. Every element is then kept, whatever the function. */
  evictor(evictor: Evictor<T, W>): WindowedStream<K, T, W> {
    return new WindowedStream(this.#keyed, this.#plan.with({ evictor }));
  }

  /**
   * How long after its end an event-time window is kept for late elements; each fires it again, so that several results
   * of a window come. No effect on windows of the clock.
   *
   * @param lateness milliseconds, 0 by default
   * @throws RangeError where it is not a whole number of at least 0
   */
  allowedLateness(lateness: number): WindowedStream<K, T, W> {
    return new WindowedStream(this.#keyed, this.#plan.with({ allowedLateness: lateness }));
  }

  /**
   * Where elements go whose windows are all gone: read them with `getSideOutput` of the result. Without a tag they are
   * dropped and counted as `numLateRecordsDropped`.
   */
  sideOutputLateData(tag: OutputTag<T>): WindowedStream<K, T, W> {
    return new WindowedStream(this.#keyed, this.#plan.with({ lateTag: tag }));
  }

  /** Combines the elements of a window one by one: a window keeps one value. */
  reduce(reduce: ReduceFunction<T>, options: WindowOptions<T>): SingleOutputStream<T>;
  /** The same, with a function that makes the result of the window of that value. */
  reduce<OUT>(
    reduce: ReduceFunction<T>,
    fn: FunctionOrFactory<K, T, OUT, W>,
    options: WindowOptions<T>,
  ): SingleOutputStream<OUT>;
  reduce<OUT>(
    reduce: ReduceFunction<T>,
    ...rest: readonly [WindowOptions<T>] | readonly [FunctionOrFactory<K, T, OUT, W>, WindowOptions<T>]
  ): SingleOutputStream<OUT> {
    const { fn, options } = endOf<FunctionOrFactory<K, T, OUT, W>, WindowOptions<T>>(rest);
    return this.#transform(options, () =>
      reduceOperator(this.#plan, reduce, fn === undefined ? undefined : madeOf(fn), options),
    );
  }

  /**
   * Adds the elements of a window up in an accumulator: a window keeps that alone.
   *
   * @throws TypeError where windows merge and the function has no `merge`
   */
  aggregate<ACC, R>(aggregate: AggregateFunction<T, ACC, R>, options: WindowOptions<T, ACC>): SingleOutputStream<R>;
  /** The same, with a function that makes the result of the window of what was added up. */
  aggregate<ACC, R, OUT>(
    aggregate: AggregateFunction<T, ACC, R>,
    fn: FunctionOrFactory<K, R, OUT, W>,
    options: WindowOptions<T, ACC>,
  ): SingleOutputStream<OUT>;
  aggregate<ACC, R, OUT>(
    aggregate: AggregateFunction<T, ACC, R>,
    ...rest: readonly [WindowOptions<T, ACC>] | readonly [FunctionOrFactory<K, R, OUT, W>, WindowOptions<T, ACC>]
  ): SingleOutputStream<OUT> {
    checkMerges(this.#plan, aggregate);
    const { fn, options } = endOf<FunctionOrFactory<K, R, OUT, W>, WindowOptions<T, ACC>>(rest);
    return this.#transform(options, () =>
      aggregateOperator(this.#plan, aggregate, fn === undefined ? undefined : madeOf(fn), options),
    );
  }

  /** A function of all elements of a window; they are kept until the window goes or is purged. */
  process<OUT>(fn: FunctionOrFactory<K, T, OUT, W>, options: WindowOptions<T>): SingleOutputStream<OUT> {
    return this.#transform(options, () =>
      this.#plan.list(
        processing(madeOf(fn), (elements) => elements),
        options,
      ),
    );
  }

  /** The plain form of `process`. */
  apply<OUT>(fn: WindowFunction<K, T, OUT, W>, options: WindowOptions<T>): SingleOutputStream<OUT> {
    return this.process(applying(fn), options);
  }

  #transform<OUT, S>(options: WindowOptions<T, S>, create: () => StreamOperator<T, OUT>): SingleOutputStream<OUT> {
    const { keyName, stream } = this.#keyed;
    const detail = keyName === undefined ? this.#plan.detail : `${keyName}, ${this.#plan.detail}`;
    return stream.transform('window', withLateTag(options, this.#plan.lateTag), create, { isStateful: true, detail });
  }
}

/** The options are the last argument, a function may stand before them. */
export function endOf<F, O>(rest: readonly [O] | readonly [F, O]): { readonly fn: F | undefined; readonly options: O } {
  return rest.length === 1 ? { fn: undefined, options: rest[0] } : { fn: rest[0], options: rest[1] };
}
