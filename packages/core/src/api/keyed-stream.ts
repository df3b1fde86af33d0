import { AdmitOperator } from '../operators/admit-operator.js';
import { checkCapacity } from '../operators/check-options.js';
import type { KeyedProcessFunction } from '../operators/keyed-process-function.js';
import { KeyedProcessOperator } from '../operators/keyed-process-operator.js';
import { reducing } from '../operators/reduce-function.js';
import { StateCursor } from '../operators/state-cursor.js';
import type { DataStream, SingleOutputStream } from './data-stream.js';
import type { AdmitOptions, KeyedProcessOptions } from './options.js';

const DEFAULT_KEYS_INSIDE = 128;

/** A stream whose elements belong to keys. Keys are not stored in the elements. */
export class KeyedStream<K extends string | number, T> {
  /** @internal */
  readonly stream: DataStream<T>;
  /** @internal */
  readonly keyOf: (value: T) => K;
  /** What the key is, for `describe`. @internal */
  readonly keyName: string | undefined;

  /** @internal */
  constructor(stream: DataStream<T>, keyOf: (value: T) => K, keyName?: string) {
    this.stream = stream;
    this.keyOf = keyOf;
    this.keyName = keyName;
  }

  /**
   * A function of each element and the state of its key (`context.getState` in `open`). Give a factory where it keeps
   * anything but state. State is restored with the position: each record counts in it exactly once.
   *
   * @see Flink, "Process Function", "The KeyedProcessFunction"
   */
  process<OUT>(
    fn: KeyedProcessFunction<K, T, OUT> | (() => KeyedProcessFunction<K, T, OUT>),
    options: KeyedProcessOptions<T>,
  ): SingleOutputStream<OUT> {
    const cursor = new StateCursor();
    return this.stream.transform(
      'keyedProcess',
      options,
      () => new KeyedProcessOperator(this.keyOf, typeof fn === 'function' ? fn() : fn, options.errors, cursor),
      { isStateful: true, ...(this.keyName === undefined ? {} : { detail: this.keyName }) },
    );
  }

  /**
   * Combines each element with the value of its key so far and emits the new one, for every element; the first element
   * of a key is its first value.
   *
   * @see Flink, "Operators", "Reduce"
   */
  reduce(fn: (value: T, element: T) => T, options: KeyedProcessOptions<T>): SingleOutputStream<T> {
    return this.process(() => reducing<K, T>(fn), options);
  }

  /**
   * Lets in one element of a key at a time: the next goes in when everything that the one before caused is acknowledged,
   * sinks included. Elements of a key go in in order; different keys run concurrently, up to `capacity` in the process.
   * With `coalesce`, all elements of a key that wait go in together as one.
   *
   * Delivery: the elements of a group are settled together, when the group is.
   *
   * @throws RangeError where the capacity is not a whole number of at least 1
   */
  admit<G = T>(options: AdmitOptions<T, G>): SingleOutputStream<G> {
    const capacity = options.capacity ?? DEFAULT_KEYS_INSIDE;
    checkCapacity(capacity);
    const what = options.coalesce === undefined ? 'element' : 'group';
    return this.stream.transform(
      'admit',
      {
        ...(options.uid === undefined ? {} : { uid: options.uid }),
        name: options.name ?? this.keyName ?? options.uid ?? 'admit',
      },
      () => new AdmitOperator<K, T, G>(this.keyOf, options.coalesce, capacity),
      {
        detail: `one ${what} of a key at a time, ${String(capacity)} keys at once`,
      },
    );
  }
}
