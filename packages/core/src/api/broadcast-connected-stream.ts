import type { BroadcastProcessFunction, KeyedBroadcastProcessFunction } from '../operators/broadcast-functions.js';
import { BroadcastProcessOperator } from '../operators/broadcast-process-operator.js';
import { KeyedBroadcastProcessOperator } from '../operators/keyed-broadcast-process-operator.js';
import { StateCursor } from '../operators/state-cursor.js';
import type { BroadcastDescriptor, BroadcastStream } from './broadcast-stream.js';
import type { DataStream, SingleOutputStream } from './data-stream.js';
import type { KeyedStream } from './keyed-stream.js';
import { madeOf } from './made-of.js';
import type { KeyedProcessOptions } from './options.js';

/**
 * A stream with a broadcast one.
 *
 * @see Flink, "The Broadcast State Pattern"
 */
export class BroadcastConnectedStream<T, B> {
  readonly #stream: DataStream<T>;
  readonly #broadcast: BroadcastStream<B>;

  /** @internal */
  constructor(stream: DataStream<T>, broadcast: BroadcastStream<B>) {
    this.#stream = stream;
    this.#broadcast = broadcast;
  }

  /** Elements read the broadcast state, broadcast elements set it. It is kept under the uid. */
  process<OUT>(
    fn: BroadcastProcessFunction<T, B, OUT> | (() => BroadcastProcessFunction<T, B, OUT>),
    options: KeyedProcessOptions<T | B>,
  ): SingleOutputStream<OUT> {
    const { stream, descriptors } = this.#broadcast;
    return this.#stream.transformTwo(
      'broadcastProcess',
      stream,
      options,
      () => new BroadcastProcessOperator(madeOf(fn), descriptors, options.errors),
      { isStateful: true, detail: detailOf(descriptors) },
    );
  }
}

/**
 * A keyed stream with a broadcast one.
 *
 * @see Flink, "The Broadcast State Pattern"
 */
export class KeyedBroadcastConnectedStream<K extends string | number, T, B> {
  readonly #keyed: KeyedStream<K, T>;
  readonly #broadcast: BroadcastStream<B>;

  /** @internal */
  constructor(keyed: KeyedStream<K, T>, broadcast: BroadcastStream<B>) {
    this.#keyed = keyed;
    this.#broadcast = broadcast;
  }

  /**
   * Elements have the state and timers of their key and read the broadcast state; broadcast elements set it and can visit
   * the state of every key. Give a factory where the function keeps anything but state.
   */
  process<OUT>(
    fn: KeyedBroadcastProcessFunction<K, T, B, OUT> | (() => KeyedBroadcastProcessFunction<K, T, B, OUT>),
    options: KeyedProcessOptions<T | B>,
  ): SingleOutputStream<OUT> {
    const cursor = new StateCursor();
    const { stream, descriptors } = this.#broadcast;
    return this.#keyed.stream.transformTwo(
      'keyedBroadcastProcess',
      stream,
      options,
      () =>
        new KeyedBroadcastProcessOperator({
          keyOf: this.#keyed.keyOf,
          descriptors,
          fn: madeOf(fn),
          errors: options.errors,
          cursor,
        }),
      { isStateful: true, detail: detailOf(descriptors) },
    );
  }
}

function detailOf(descriptors: readonly BroadcastDescriptor[]): string {
  return `broadcast state: ${descriptors.map((descriptor) => descriptor.name).join(', ')}`;
}
