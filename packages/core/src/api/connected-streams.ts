import type { CoFlatMapFunction, CoMapFunction, CoProcessFunction } from '../operators/co-functions.js';
import { CoMapOperator } from '../operators/co-map-operator.js';
import { CoProcessOperator, processingOf } from '../operators/co-process-operator.js';
import type { DataStream, SingleOutputStream } from './data-stream.js';
import { KeyedConnectedStreams } from './keyed-connected-streams.js';
import { madeOf } from './made-of.js';
import type { FunctionOptions, KeyByOptions, ProcessOptions } from './options.js';

/**
 * Two streams of different types that one function reads. Its calls never overlap; which stream is read first is not
 * controlled. The watermark is the lower of the two, one that is idle does not count.
 *
 * @see Flink, "Operators", "Connect"
 *
 * @example
 * ```ts
 * import { TwoInputOperatorHarness } from '@millrace/core/testing';
 *
 * const harness = await TwoInputOperatorHarness.forStreams<number, string, string>((numbers, words) =>
 *   numbers.connect(words).map({ map1: (number) => `number ${number}`, map2: (word) => `word ${word}` }),
 * );
 * await harness.processElement1(7);
 * await harness.processElement2('mill');
 * harness.output(); // => ['number 7', 'word mill']
 * ```
 */
export class ConnectedStreams<T1, T2> {
  readonly #first: DataStream<T1>;
  readonly #second: DataStream<T2>;

  /** @internal */
  constructor(first: DataStream<T1>, second: DataStream<T2>) {
    this.#first = first;
    this.#second = second;
  }

  /** Exactly one element out for each in, with its timestamp. */
  map<OUT>(
    fn: CoMapFunction<T1, T2, OUT> | (() => CoMapFunction<T1, T2, OUT>),
    options?: FunctionOptions<T1 | T2>,
  ): SingleOutputStream<OUT> {
    return this.#first.transformTwo(
      'coMap',
      this.#second,
      options,
      () => new CoMapOperator(madeOf(fn), options?.errors),
    );
  }

  /** Any number of elements out for each in, in the order they are collected. */
  flatMap<OUT>(
    fn: CoFlatMapFunction<T1, T2, OUT> | (() => CoFlatMapFunction<T1, T2, OUT>),
    options?: FunctionOptions<T1 | T2>,
  ): SingleOutputStream<OUT> {
    return this.#first.transformTwo(
      'coFlatMap',
      this.#second,
      options,
      () => new CoProcessOperator(processingOf(madeOf(fn)), options?.errors),
    );
  }

  /**
   * A function with a context: timestamp, side outputs, life cycle. Give a factory where it keeps anything between calls.
   */
  process<OUT>(
    fn: CoProcessFunction<T1, T2, OUT> | (() => CoProcessFunction<T1, T2, OUT>),
    options?: ProcessOptions<T1 | T2>,
  ): SingleOutputStream<OUT> {
    return this.#first.transformTwo(
      'coProcess',
      this.#second,
      options,
      () => new CoProcessOperator(madeOf(fn), options?.errors),
    );
  }

  /** Keys both streams, with keys of one type: elements of both with the same key meet in the same state. */
  keyBy<K extends string | number>(
    keyOf1: (value: T1) => K,
    keyOf2: (value: T2) => K,
    options: KeyByOptions = {},
  ): KeyedConnectedStreams<K, T1, T2> {
    return new KeyedConnectedStreams(this.#first.keyBy(keyOf1, options), this.#second.keyBy(keyOf2, options));
  }
}
