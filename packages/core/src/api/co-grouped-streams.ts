import type { Collector } from '../operators/process-function.js';
import type { TaggedUnion } from '../windowing/tagged-window-operator.js';
import type { WindowAssigner } from '../windowing/window-assigner.js';
import type { WindowPlan } from '../windowing/window-plan.js';
import type { Window } from '../windowing/window.js';
import type { DataStream, SingleOutputStream } from './data-stream.js';
import type { KeyByOptions } from './options.js';
import type { WindowOptions } from './window-options.js';
import { keyedBy, planOf, sides, WindowedPair } from './windowed-pair.js';
import type { KeyedPair } from './windowed-pair.js';

/** Makes any number of elements of all that a window has of a key; either side may be empty, not both. */
export type CoGroupFunction<T1, T2, OUT> = (firsts: Iterable<T1>, seconds: Iterable<T2>, out: Collector<OUT>) => void;

/**
 * Two streams whose elements of one key and window are looked at together; for outer joins and the like. The streams
 * must meet in one task: read from sources that are partitioned alike.
 *
 * @example
 * ```ts
 * import { TumblingEventTimeWindows } from '@millrace/core';
 * import { TwoInputOperatorHarness } from '@millrace/core/testing';
 *
 * const harness = await TwoInputOperatorHarness.forStreams<string, string, string>((orders, payments) =>
 *   orders
 *     .coGroup(payments)
 *     .where((order) => order)
 *     .equalTo((payment) => payment)
 *     .window(TumblingEventTimeWindows.of(10))
 *     .apply(
 *       (unpaid, paid, out) => {
 *         for (const order of unpaid) if ([...paid].length === 0) out.collect(`${order} is not paid`);
 *       },
 *       { uid: 'unpaid' },
 *     ),
 * );
 * await harness.processElement1('a', 3);
 * await harness.processElement1('b', 4);
 * await harness.processElement2('b', 7);
 * await harness.processWatermark(9);
 * harness.output(); // => ['a is not paid']
 * ```
 * @see Flink, "Operators", "Window CoGroup"
 */
export class CoGroupedStreams<T1, T2> {
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
  ): CoGroupedStreamsWhere<K, T1, T2> {
    return new CoGroupedStreamsWhere(keyedBy(this.#first, keyOf1, options), this.#second, keyOf1);
  }
}

/** A coGroup that knows the key of its first stream. */
export class CoGroupedStreamsWhere<K extends string | number, T1, T2> {
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
  equalTo(keyOf2: (value: T2) => K, options: KeyByOptions = {}): CoGroupedStreamsEqualTo<K, T1, T2> {
    const second = keyedBy(this.#second, keyOf2, options);
    return new CoGroupedStreamsEqualTo({ first: this.#first, second, keyOf1: this.#keyOf1, keyOf2 });
  }
}

/** A coGroup that knows its keys. */
export class CoGroupedStreamsEqualTo<K extends string | number, T1, T2> {
  readonly #pair: KeyedPair<K, T1, T2>;

  /** @internal */
  constructor(pair: KeyedPair<K, T1, T2>) {
    this.#pair = pair;
  }

  /** The windows that elements of both streams go to. */
  window<W extends Window>(assigner: WindowAssigner<TaggedUnion<T1, T2>, W>): WindowedCoGroup<K, T1, T2, W> {
    return new WindowedCoGroup(this.#pair, planOf(this.#pair, assigner));
  }
}

/** A coGroup in windows, which `apply` ends. */
export class WindowedCoGroup<K extends string | number, T1, T2, W extends Window> extends WindowedPair<K, T1, T2, W> {
  /** Called once for each key and firing. Timestamp: the window's last moment. What it throws fails the job attempt. */
  apply<OUT>(
    fn: CoGroupFunction<T1, T2, OUT>,
    options: WindowOptions<T1 | T2, TaggedUnion<T1, T2>>,
  ): SingleOutputStream<OUT> {
    // The type says void, but an async function passes for one: the operator looks at what comes back.
    const group: (...given: Parameters<typeof fn>) => unknown = fn;
    return this.end(
      'coGroup',
      {
        process: (_key, _context, elements, out) => {
          const { firsts, seconds } = sides(elements);
          return group(firsts, seconds, out);
        },
      },
      options,
    );
  }

  protected override copy(plan: WindowPlan<K, TaggedUnion<T1, T2>, W>): this {
    return new WindowedCoGroup(this.pair, plan) as this;
  }
}
