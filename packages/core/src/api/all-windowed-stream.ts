import type { AggregateFunction, ReduceFunction } from '../state/aggregate-function.js';
import type { StreamOperator } from '../runtime/operator.js';
import type { Evictor } from '../windowing/evictor.js';
import { applyingAll, processing, withoutKey } from '../windowing/internal-window-function.js';
import type { AllWindowFunction, ProcessAllWindowFunction } from '../windowing/process-window-function.js';
import type { Trigger } from '../windowing/trigger.js';
import { aggregateOperator, checkMerges, reduceOperator } from '../windowing/window-functions.js';
import type { WindowPlan } from '../windowing/window-plan.js';
import type { Window } from '../windowing/window.js';
import type { DataStream, SingleOutputStream } from './data-stream.js';
import { madeOf } from './made-of.js';
import type { OutputTag } from './output-tag.js';
import { withLateTag } from './window-options.js';
import type { WindowOptions } from './window-options.js';
import { endOf } from './windowed-stream.js';

/** A window function, or a factory of one where it keeps anything between calls. */
type FunctionOrFactory<IN, OUT, W extends Window> =
  ProcessAllWindowFunction<IN, OUT, W> | (() => ProcessAllWindowFunction<IN, OUT, W>);

/** All elements of a task in windows, without keys; everything else as in `WindowedStream`. */
export class AllWindowedStream<T, W extends Window> {
  readonly #stream: DataStream<T>;
  readonly #plan: WindowPlan<number, T, W>;

  /** @internal */
  constructor(stream: DataStream<T>, plan: WindowPlan<number, T, W>) {
    this.#stream = stream;
    this.#plan = plan;
  }

  /** As `WindowedStream.trigger`. */
  trigger(trigger: Trigger<T, W>): AllWindowedStream<T, W> {
    return new AllWindowedStream(this.#stream, this.#plan.with({ trigger }));
  }

  /** As `WindowedStream.evictor`. */
  evictor(evictor: Evictor<T, W>): AllWindowedStream<T, W> {
    return new AllWindowedStream(this.#stream, this.#plan.with({ evictor }));
  }

  /** As `WindowedStream.allowedLateness`. */
  allowedLateness(lateness: number): AllWindowedStream<T, W> {
    return new AllWindowedStream(this.#stream, this.#plan.with({ allowedLateness: lateness }));
  }

  /** As `WindowedStream.sideOutputLateData`. */
  sideOutputLateData(tag: OutputTag<T>): AllWindowedStream<T, W> {
    return new AllWindowedStream(this.#stream, this.#plan.with({ lateTag: tag }));
  }

  /** As `WindowedStream.reduce`. */
  reduce(reduce: ReduceFunction<T>, options: WindowOptions<T>): SingleOutputStream<T>;
  /** The same, with a function that makes the result of the window of that value. */
  reduce<OUT>(
    reduce: ReduceFunction<T>,
    fn: FunctionOrFactory<T, OUT, W>,
    options: WindowOptions<T>,
  ): SingleOutputStream<OUT>;
  reduce<OUT>(
    reduce: ReduceFunction<T>,
    ...rest: readonly [WindowOptions<T>] | readonly [FunctionOrFactory<T, OUT, W>, WindowOptions<T>]
  ): SingleOutputStream<OUT> {
    const { fn, options } = endOf<FunctionOrFactory<T, OUT, W>, WindowOptions<T>>(rest);
    return this.#transform(options, () =>
      reduceOperator(this.#plan, reduce, fn === undefined ? undefined : withoutKey(madeOf(fn)), options),
    );
  }

  /** As `WindowedStream.aggregate`. */
  aggregate<ACC, R>(aggregate: AggregateFunction<T, ACC, R>, options: WindowOptions<T, ACC>): SingleOutputStream<R>;
  /** The same, with a function that makes the result of the window of what was added up. */
  aggregate<ACC, R, OUT>(
    aggregate: AggregateFunction<T, ACC, R>,
    fn: FunctionOrFactory<R, OUT, W>,
    options: WindowOptions<T, ACC>,
  ): SingleOutputStream<OUT>;
  aggregate<ACC, R, OUT>(
    aggregate: AggregateFunction<T, ACC, R>,
    ...rest: readonly [WindowOptions<T, ACC>] | readonly [FunctionOrFactory<R, OUT, W>, WindowOptions<T, ACC>]
  ): SingleOutputStream<OUT> {
    checkMerges(this.#plan, aggregate);
    const { fn, options } = endOf<FunctionOrFactory<R, OUT, W>, WindowOptions<T, ACC>>(rest);
    return this.#transform(options, () =>
      aggregateOperator(this.#plan, aggregate, fn === undefined ? undefined : withoutKey(madeOf(fn)), options),
    );
  }

  /** As `WindowedStream.process`. */
  process<OUT>(fn: FunctionOrFactory<T, OUT, W>, options: WindowOptions<T>): SingleOutputStream<OUT> {
    return this.#transform(options, () =>
      this.#plan.list(
        processing(withoutKey(madeOf(fn)), (elements) => elements),
        options,
      ),
    );
  }

  /** The plain form of `process`. */
  apply<OUT>(fn: AllWindowFunction<T, OUT, W>, options: WindowOptions<T>): SingleOutputStream<OUT> {
    return this.process(applyingAll(fn), options);
  }

  #transform<OUT, S>(options: WindowOptions<T, S>, create: () => StreamOperator<T, OUT>): SingleOutputStream<OUT> {
    const { lateTag, detail } = this.#plan;
    return this.#stream.transform('windowAll', withLateTag(options, lateTag), create, { isStateful: true, detail });
  }
}
