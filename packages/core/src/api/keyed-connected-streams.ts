import type { KeyedCoProcessFunction } from '../operators/co-functions.js';
import { KeyedCoProcessOperator } from '../operators/keyed-co-process-operator.js';
import { StateCursor } from '../operators/state-cursor.js';
import type { SingleOutputStream } from './data-stream.js';
import type { KeyedStream } from './keyed-stream.js';
import { madeOf } from './made-of.js';
import type { KeyedProcessOptions } from './options.js';

/**
 * Two streams of different types with keys of one type: elements of both with the same key meet in the same state.
 *
 * @see Flink, "Operators", "Connect"
 */
export class KeyedConnectedStreams<K extends string | number, T1, T2> {
  readonly #first: KeyedStream<K, T1>;
  readonly #second: KeyedStream<K, T2>;

  /** @internal */
  constructor(first: KeyedStream<K, T1>, second: KeyedStream<K, T2>) {
    this.#first = first;
    this.#second = second;
  }

  /**
   * A function of the elements of both streams, with state and timers of their key, shared by both. Give a factory where
   * it keeps anything but state. Which stream is read first is not controlled.
   *
   * @example
   * ```ts
   * import { ValueStateDescriptor } from '@millrace/core';
   * import type { KeyedCoProcessFunction, ValueState } from '@millrace/core';
   * import { TwoInputOperatorHarness } from '@millrace/core/testing';
   *
   * interface Order { readonly id: string; readonly item: string }
   *
   * // An order is shipped when it is paid; one that is not paid within a minute is given up.
   * function shipping(): KeyedCoProcessFunction<string, Order, string, string> {
   *   let waiting: ValueState<Order>;
   *   return {
   *     open(context) {
   *       waiting = context.getState(new ValueStateDescriptor<Order>('waiting'));
   *     },
   *     processElement1(order, context) {
   *       waiting.update(order);
   *       context.timerService().registerEventTimeTimer((context.timestamp() ?? 0) + 60_000);
   *     },
   *     processElement2(_payment, _context, out) {
   *       const order = waiting.value();
   *       if (order !== undefined) out.collect(`ship ${order.item}`);
   *       waiting.clear();
   *     },
   *     onTimer(_timestamp, context, out) {
   *       if (waiting.value() !== undefined) out.collect(`give up ${context.getCurrentKey()}`);
   *       waiting.clear();
   *     },
   *   };
   * }
   *
   * const harness = await TwoInputOperatorHarness.forStreams<Order, string, string>((orders, payments) =>
   *   orders
   *     .keyBy((order) => order.id)
   *     .connect(payments.keyBy((id) => id))
   *     .process(shipping, { uid: 'shipping' }),
   * );
   * await harness.processElement1({ id: 'o1', item: 'flour' }, 1_000);
   * await harness.processElement1({ id: 'o2', item: 'bran' }, 2_000);
   * await harness.processElement2('o1', 5_000);
   * await harness.processWatermark(70_000);
   * harness.output(); // => ['ship flour', 'give up o2']
   * ```
   */
  process<OUT>(
    fn: KeyedCoProcessFunction<K, T1, T2, OUT> | (() => KeyedCoProcessFunction<K, T1, T2, OUT>),
    options: KeyedProcessOptions<T1 | T2>,
  ): SingleOutputStream<OUT> {
    const cursor = new StateCursor();
    const { keyName } = this.#first;
    return this.#first.stream.transformTwo(
      'keyedCoProcess',
      this.#second.stream,
      options,
      () =>
        new KeyedCoProcessOperator({
          keyOf1: this.#first.keyOf,
          keyOf2: this.#second.keyOf,
          fn: madeOf(fn),
          errors: options.errors,
          cursor,
        }),
      { isStateful: true, ...(keyName === undefined ? {} : { detail: keyName }) },
    );
  }
}
