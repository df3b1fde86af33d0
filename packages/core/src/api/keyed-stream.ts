import { AdmitOperator } from '../operators/admit-operator.js';
import type { DataStream, SingleOutputStream } from './data-stream.js';
import type { AdmitOptions } from './options.js';

/** A stream whose elements belong to keys. Keys are not stored in the elements. */
export class KeyedStream<K extends string | number, T> {
  /** @internal */
  readonly stream: DataStream<T>;
  /** @internal */
  readonly keyOf: (value: T) => K;

  /** @internal */
  constructor(stream: DataStream<T>, keyOf: (value: T) => K) {
    this.stream = stream;
    this.keyOf = keyOf;
  }

  /**
   * Lets in one element of a key at a time: the next goes in when everything that the one before caused is acknowledged,
   * sinks included. Elements of a key go in in order; different keys run concurrently, up to `capacity` in the process.
   * With `coalesce`, all elements of a key that wait go in together as one.
   *
   * Delivery: the elements of a group are settled together, when the group is.
   */
  admit<G = T>(options: AdmitOptions<T, G>): SingleOutputStream<G> {
    const capacity = options.capacity ?? 128;
    return this.stream.transform(
      'admit',
      { ...(options.uid === undefined ? {} : { uid: options.uid }), name: options.name ?? options.uid ?? 'admit' },
      () => new AdmitOperator<K, T, G>(this.keyOf, options.coalesce, capacity),
      {
        detail: `one ${options.coalesce === undefined ? 'element' : 'group'} of a key at a time, ${String(capacity)} keys at once`,
      },
    );
  }
}
