import type { TaggedUnion } from '../windowing/tagged-window-operator.js';
import type { WindowAssigner } from '../windowing/window-assigner.js';
import type { WindowPlan } from '../windowing/window-plan.js';
import type { Window } from '../windowing/window.js';
import type { DataStream, SingleOutputStream } from './data-stream.js';
import type { KeyByOptions } from './options.js';
import type { WindowOptions } from './window-options.js';
import { keyedBy, planOf, sides, WindowedPair } from './windowed-pair.js';
import type { KeyedPair } from './windowed-pair.js';

/** Makes one element of two that met in a window. */
export type JoinFunction<T1, T2, OUT> = (first: T1, second: T2) => OUT;

/**
 * Two streams that are to be joined by key and window: every element of one with every element of the other that has the
 * same key and is in the same window. One that meets none does not come out.
 *
 * The streams must meet in one task: read from sources that are partitioned alike.
 *
 * @example
 * ```ts
 * import { TumblingEventTimeWindows } from '@millrace/core';
 * import { TwoInputOperatorHarness } from '@millrace/core/testing';
 *
 * const harness = await TwoInputOperatorHarness.forStreams<string, string, string>((orders, payments) =>
 *   orders
 *     .join(payments)
 *     .where((order) => order.slice(0, 1))
 *     .equalTo((payment) => payment.slice(0, 1))
 *     .window(TumblingEventTimeWindows.of(10))
 *     .apply((order, payment) => `${order} ${payment}`, { uid: 'paid' }),
 * );
 * await harness.processElement1('a order', 3);
 * await harness.processElement2('a payment', 7);
 * await harness.processElement2('b payment', 7);
 * await harness.processWatermark(9);
 * harness.records(); // => [{ value: 'a order a payment', timestamp: 9 }]
 * ```
 * @see Flink, "Joining", "Window Join"
 */
export class JoinedStreams<T1, T2> {
  readonly #first: DataStream<T1>;
  readonly #second: DataStream<T2>;

  /** @internal */
  constructor(first: DataStream<T1>, second: DataStream<T2>) {
    this.#first = first;
    this.#second = second;
  }

  /** The key of the elements of the first stream. */
  where<K extends string | number>(
    keyOf1: (value: T1) => K,
    options: KeyByOptions = {},
  ): JoinedStreamsWhere<K, T1, T2> {
    return new JoinedStreamsWhere(keyedBy(this.#first, keyOf1, options), this.#second, keyOf1);
  }
}

/** A join that knows the key of its first stream. */
export class JoinedStreamsWhere<K extends string | number, T1, T2> {
  readonly #first: DataStream<T1>;
  readonly #second: DataStream<T2>;
  readonly #keyOf1: (value: T1) => K;

  /** @internal */
  constructor(first: DataStream<T1>, second: DataStream<T2>, keyOf1: (value: T1) => K) {
    this.#first = first;
    this.#second = second;
    this.#keyOf1 = keyOf1;
  }

  /** The key of the elements of the second stream, of the same type. */
  equalTo(keyOf2: (value: T2) => K, options: KeyByOptions = {}): JoinedStreamsEqualTo<K, T1, T2> {
    const second = keyedBy(this.#second, keyOf2, options);
    return new JoinedStreamsEqualTo({ first: this.#first, second, keyOf1: this.#keyOf1, keyOf2 });
  }
}

/** A join that knows its keys. */
export class JoinedStreamsEqualTo<K extends string | number, T1, T2> {
  readonly #pair: KeyedPair<K, T1, T2>;

  /** @internal */
  constructor(pair: KeyedPair<K, T1, T2>) {
    this.#pair = pair;
  }

  /** The windows that elements of both streams go to. */
  window<W extends Window>(assigner: WindowAssigner<TaggedUnion<T1, T2>, W>): WindowedJoin<K, T1, T2, W> {
    return new WindowedJoin(this.#pair, planOf(this.#pair, assigner));
  }
}

/** A join in windows, which `apply` ends. */
export class WindowedJoin<K extends string | number, T1, T2, W extends Window> extends WindowedPair<K, T1, T2, W> {
  /** Makes one element of each pair. Timestamp: the window's last moment. What it throws fails the job attempt. */
  apply<OUT>(
    fn: JoinFunction<T1, T2, OUT>,
    options: WindowOptions<T1 | T2, TaggedUnion<T1, T2>>,
  ): SingleOutputStream<OUT> {
    return this.end(
      'join',
      {
        process(_key, _context, elements, out) {
          const { firsts, seconds } = sides(elements);
          for (const first of firsts) for (const second of seconds) out.collect(fn(first, second));
        },
      },
      options,
    );
  }

  protected override copy(plan: WindowPlan<K, TaggedUnion<T1, T2>, W>): this {
    return new WindowedJoin(this.pair, plan) as this;
  }
}
