import { AdmitOperator } from '../operators/admit-operator.js';
import { checkCapacity } from '../operators/check-options.js';
import type { KeyedProcessFunction } from '../operators/keyed-process-function.js';
import { KeyedProcessOperator } from '../operators/keyed-process-operator.js';
import { reducing } from '../operators/reduce-function.js';
import { add, extremeBy, extremeField, extremeOf, summingField } from '../operators/rolling-aggregate.js';
import type { FieldOf, Orderable, Selector, Summable } from '../operators/rolling-aggregate.js';
import { StateCursor } from '../operators/state-cursor.js';
import type { GlobalWindow } from '../windowing/global-window.js';
import type { WindowAssigner } from '../windowing/window-assigner.js';
import { WindowPlan } from '../windowing/window-plan.js';
import type { Window } from '../windowing/window.js';
import { addRepartition } from '../repartition/repartition.js';
import type { RepartitionOptions } from '../repartition/repartition.js';
import type { NodeKind } from '../graph/stream-graph.js';
import type { ReduceFunction } from '../state/aggregate-function.js';
import { KeyedBroadcastConnectedStream } from './broadcast-connected-stream.js';
import { BroadcastStream } from './broadcast-stream.js';
import { CountWindowedStream } from './count-windowed-stream.js';
import type { DataStream, SingleOutputStream } from './data-stream.js';
import { IntervalJoin } from './interval-join.js';
import { KeyedConnectedStreams } from './keyed-connected-streams.js';
import type { AdmitOptions, ExtremeByOptions, KeyedProcessOptions, RollingOptions } from './options.js';
import { WindowedStream } from './windowed-stream.js';

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
  constructor(stream: DataStream<T>, keyOf: (value: T) => K, keyName?: string, preservesPartitioning = false) {
    this.stream = stream.withKey({ selector: keyOf, preservesPartitioning });
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
    return this.#process('keyedProcess', () => (typeof fn === 'function' ? fn() : fn), options);
  }

  /**
   * Combines each element with the value of its key so far and emits the new one, for every element; the first element
   * of a key is its first value.
   *
   * @see Flink, "Operators", "Reduce"
   */
  reduce(fn: ReduceFunction<T>, options: RollingOptions<T>): SingleOutputStream<T> {
    return this.#rolling('reduce', same, fn, options);
  }

  /**
   * The sum so far of the key, for every element. Given the name of a field: the key's first element with the sum in that
   * field, as in Flink. Given a function: the sum of what it returns.
   *
   * @example
   * ```ts
   * import { OperatorHarness } from '@millrace/core/testing';
   *
   * interface Sack { readonly grain: string; readonly kilos: number }
   *
   * const harness = await OperatorHarness.forStream<Sack, number>((sacks) =>
   *   sacks.keyBy((sack) => sack.grain).sum((sack) => sack.kilos, { uid: 'kilos by grain' }),
   * );
   * await harness.processElement({ grain: 'rye', kilos: 20 });
   * await harness.processElement({ grain: 'oats', kilos: 5 });
   * await harness.processElement({ grain: 'rye', kilos: 30 });
   * harness.output(); // => [20, 5, 50]
   * ```
   */
  sum(field: FieldOf<T, Summable>, options: RollingOptions<T>): SingleOutputStream<T>;
  sum(valueOf: (value: T) => number, options: RollingOptions<T, number>): SingleOutputStream<number>;
  sum(valueOf: (value: T) => bigint, options: RollingOptions<T, bigint>): SingleOutputStream<bigint>;
  sum(select: Selector<T, Summable>, options: RollingOptions<T, never>): unknown {
    return typeof select === 'function'
      ? this.#rolling('sum', select, add, options)
      : this.#rolling('sum', same, summingField(select), options);
  }

  /**
   * The smallest value so far of the key, for every element. Given the name of a field: the key's first element with the
   * smallest value in that field, as in Flink (`minBy` gives the whole element that has it). Given a function: the
   * smallest of what it returns.
   */
  min(field: FieldOf<T, Orderable>, options: RollingOptions<T>): SingleOutputStream<T>;
  min<V extends Orderable>(valueOf: (value: T) => V, options: RollingOptions<T, V>): SingleOutputStream<V>;
  min(select: Selector<T, Orderable>, options: RollingOptions<T, never>): unknown {
    return this.#extreme('min', select, 1, options);
  }

  /** The largest value so far of the key, for every element; otherwise as `min`. */
  max(field: FieldOf<T, Orderable>, options: RollingOptions<T>): SingleOutputStream<T>;
  max<V extends Orderable>(valueOf: (value: T) => V, options: RollingOptions<T, V>): SingleOutputStream<V>;
  max(select: Selector<T, Orderable>, options: RollingOptions<T, never>): unknown {
    return this.#extreme('max', select, -1, options);
  }

  /** The element of the key with the smallest value so far, for every element. */
  minBy(select: Selector<T, Orderable>, options: ExtremeByOptions<T>): SingleOutputStream<T> {
    return this.#rolling('minBy', same, extremeBy(select, 1, options.first ?? true), options);
  }

  /** The element of the key with the largest value so far, for every element. */
  maxBy(select: Selector<T, Orderable>, options: ExtremeByOptions<T>): SingleOutputStream<T> {
    return this.#rolling('maxBy', same, extremeBy(select, -1, options.first ?? true), options);
  }

  /** Two streams with keys of one type: elements of both with the same key meet in the same state. */
  connect<T2>(other: KeyedStream<K, T2>): KeyedConnectedStreams<K, T, T2>;
  /** This stream with one whose elements set state that those of this stream read. */
  connect<B>(broadcast: BroadcastStream<B>): KeyedBroadcastConnectedStream<K, T, B>;
  connect<T2>(
    other: KeyedStream<K, T2> | BroadcastStream<T2>,
  ): KeyedConnectedStreams<K, T, T2> | KeyedBroadcastConnectedStream<K, T, T2> {
    return other instanceof BroadcastStream
      ? new KeyedBroadcastConnectedStream(this, other)
      : new KeyedConnectedStreams(this, other);
  }

  /**
   * Joins elements of this stream (the left one) with those of another that have the same key and lie in an interval of
   * event time around them.
   *
   * @see Flink, "Joining", "Interval Join"
   */
  intervalJoin<R>(right: KeyedStream<K, R>): IntervalJoin<K, T, R> {
    return new IntervalJoin(this, right);
  }

  /**
   * Sends every element to the task that its key belongs to, through a topic, and goes on there: needed where the key is
   * another one than what the stream is partitioned by. Order is kept for elements of one key that come from one task;
   * timestamps are kept; event time is the minimum over the tasks that write (a partition hears of a task's watermark
   * with its elements, and otherwise every 200 ms). Keys of different type but the same text go to the same task.
   *
   * Delivery: at least once. An element is settled when the topic has it; the second half has positions of its own. A job
   * of bounded sources ends when all that writes to the topic has ended and it is read to its end; `run --until-drained`
   * waits for both halves.
   *
   * @throws RangeError where `writers` is not a whole number of at least 1
   */
  repartition(options: RepartitionOptions<T>): KeyedStream<K, T> {
    return new KeyedStream(addRepartition(this.stream, this.keyOf, options), this.keyOf, this.keyName);
  }

  /**
   * Puts the elements of each key into windows; a function of the windowed stream says what becomes of them.
   *
   * @see Flink, "Windows"
   */
  window<W extends Window>(assigner: WindowAssigner<T, W>): WindowedStream<K, T, W> {
    return new WindowedStream(this, new WindowPlan({ keyOf: this.keyOf, assigner }));
  }

  /**
   * Windows of `size` elements of a key, one after another; each fires when it is full. A window that does not fill up
   * waits for ever, unless `orTimeout` follows.
   *
   * @throws RangeError where the size is not a whole number of at least 1
   */
  countWindow(size: number): CountWindowedStream<K, T>;
  /** The last `size` elements of a key, each time `slide` more have come; the first windows have less. */
  countWindow(size: number, slide: number): WindowedStream<K, T, GlobalWindow>;
  countWindow(size: number, slide?: number): WindowedStream<K, T, GlobalWindow> {
    return slide === undefined ? new CountWindowedStream(this, size) : CountWindowedStream.sliding(this, size, slide);
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
      () => new AdmitOperator<K, T, G>(this.keyOf, options.coalesce, capacity, options.adaptive),
      {
        detail: `one ${what} of a key at a time, ${options.adaptive === true ? 'up to ' : ''}${String(capacity)} keys at once`,
      },
    );
  }

  #extreme(kind: NodeKind, select: Selector<T, Orderable>, sign: 1 | -1, options: RollingOptions<T, never>): unknown {
    return typeof select === 'function'
      ? this.#rolling(kind, select, extremeOf(sign), options)
      : this.#rolling(kind, same, extremeField(select, sign), options);
  }

  #rolling<V>(
    kind: NodeKind,
    valueOf: (value: T) => V,
    fn: ReduceFunction<V>,
    // Of V, as the overloads of the callers say.
    options: RollingOptions<T, V> | RollingOptions<T, never>,
  ): SingleOutputStream<V> {
    const { serializer } = options;
    return this.#process(kind, () => reducing<K, T, V>(valueOf, fn, serializer), options);
  }

  #process<OUT>(
    kind: NodeKind,
    create: () => KeyedProcessFunction<K, T, OUT>,
    options: KeyedProcessOptions<T>,
  ): SingleOutputStream<OUT> {
    const cursor = new StateCursor();
    return this.stream.transform(
      kind,
      options,
      () => new KeyedProcessOperator(this.keyOf, create(), options.errors, cursor),
      { isStateful: true, ...(this.keyName === undefined ? {} : { detail: this.keyName }) },
    );
  }
}

function same<T>(value: T): T {
  return value;
}
