import type { OutputTag } from '../api/output-tag.js';
import type {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  ValueStateDescriptor,
} from '../state/state-descriptor.js';
import type { AggregatingState, ListState, MapState, ReducingState, ValueState } from '../state/state-types.js';
import type { RichFunction } from './async-function.js';
import type { KeyedRuntimeContext } from './keyed-process-function.js';
import type { Collector } from './process-function.js';
import type { TimerService } from './timers/timer-service.js';
import type { TimeDomain } from './timers/timer.js';

/** Broadcast state as the elements of the other stream see it. */
export interface ReadOnlyBroadcastState<K extends string | number, V> {
  /** The value kept, not a copy: it is not to be changed. Undefined where there is none. */
  get(key: K): V | undefined;
  contains(key: K): boolean;
  /** Entries as they are now. Their order means nothing. */
  immutableEntries(): Iterable<[K, Readonly<V>]>;
}

/** Broadcast state as broadcast elements see it. */
export interface BroadcastState<K extends string | number, V> extends ReadOnlyBroadcastState<K, V> {
  /** @throws TypeError for an undefined value */
  put(key: K, value: V): void;
  putAll(entries: Iterable<readonly [K, V]>): void;
  remove(key: K): void;
  entries(): Iterable<[K, V]>;
  clear(): void;
}

/** What all calls of a broadcast function know. Valid during the call only. */
export interface BaseBroadcastContext {
  /** Event time of the element in milliseconds, undefined where it has none. */
  timestamp(): number | undefined;
  /** Milliseconds since 1970 UTC by the machine's clock. */
  currentProcessingTime(): number;
  /** The lower of the watermarks of both streams. */
  currentWatermark(): number;
  /** Emits to a side output, with the element's timestamp. */
  output<X>(tag: OutputTag<X>, value: NoInfer<X>): void;
}

/** What a function knows of an element of the stream that is not broadcast. */
export interface ReadOnlyBroadcastContext extends BaseBroadcastContext {
  /** @throws MillraceError `ERR_STATE_UNKNOWN` for a descriptor that was not given to `broadcast` */
  getBroadcastState<K extends string | number, V>(descriptor: MapStateDescriptor<K, V>): ReadOnlyBroadcastState<K, V>;
}

/** What a function knows of a broadcast element. */
export interface BroadcastContext extends BaseBroadcastContext {
  /** @throws MillraceError `ERR_STATE_UNKNOWN` for a descriptor that was not given to `broadcast` */
  getBroadcastState<K extends string | number, V>(descriptor: MapStateDescriptor<K, V>): BroadcastState<K, V>;
}

/** What a keyed function knows of an element of the stream that is not broadcast. */
export interface KeyedReadOnlyBroadcastContext<K> extends ReadOnlyBroadcastContext {
  /** The key of the element, or of the timer. */
  getCurrentKey(): K;
  /** Timers of the element's key. */
  timerService(): TimerService;
}

/** What a keyed function knows in `onTimer`: `timestamp()` is the timer's time. */
export interface BroadcastOnTimerContext<K> extends KeyedReadOnlyBroadcastContext<K> {
  timeDomain(): TimeDomain;
}

/**
 * Calls `visit` for every key that has something in the state, with the state scoped to it. The order of the keys means
 * nothing. The state must have been asked for in `open`, by a descriptor of that name and kind.
 */
export interface ApplyToKeyedState<K> {
  <T>(descriptor: ValueStateDescriptor<T>, visit: (key: K, state: ValueState<T>) => void): void;
  <T>(descriptor: ListStateDescriptor<T>, visit: (key: K, state: ListState<T>) => void): void;
  <MK extends string | number, V>(
    descriptor: MapStateDescriptor<MK, V>,
    visit: (key: K, state: MapState<MK, V>) => void,
  ): void;
  <T>(descriptor: ReducingStateDescriptor<T>, visit: (key: K, state: ReducingState<T>) => void): void;
  <IN, ACC, OUT>(
    descriptor: AggregatingStateDescriptor<IN, ACC, OUT>,
    visit: (key: K, state: AggregatingState<IN, OUT>) => void,
  ): void;
}

/** What a keyed function knows of a broadcast element: there is no key, but all of them can be visited. */
export interface KeyedBroadcastContext<K> extends BroadcastContext {
  /** @throws MillraceError `ERR_STATE_UNKNOWN` for a state that was not asked for in `open` */
  readonly applyToKeyedState: ApplyToKeyedState<K>;
}

/**
 * A synchronous function of a stream and a broadcast one. Broadcast elements set the state, the others read it. What
 * `processBroadcastElement` does must not depend on the order of elements of different tasks. After Flink's
 * BroadcastProcessFunction.
 */
export interface BroadcastProcessFunction<IN, B, OUT> extends RichFunction {
  processElement(value: IN, context: ReadOnlyBroadcastContext, out: Collector<OUT>): void;
  processBroadcastElement(value: B, context: BroadcastContext, out: Collector<OUT>): void;
}

/**
 * A synchronous function of a keyed stream and a broadcast one: keyed state and timers for the one, broadcast state for
 * the other, which the first reads. After Flink's KeyedBroadcastProcessFunction.
 */
export interface KeyedBroadcastProcessFunction<K, IN, B, OUT> {
  open?(context: KeyedRuntimeContext): void | Promise<void>;
  processElement(value: IN, context: KeyedReadOnlyBroadcastContext<K>, out: Collector<OUT>): void;
  processBroadcastElement(value: B, context: KeyedBroadcastContext<K>, out: Collector<OUT>): void;
  /** A timer is due. What it throws fails the job attempt. */
  onTimer?(timestamp: number, context: BroadcastOnTimerContext<K>, out: Collector<OUT>): void;
  close?(): void | Promise<void>;
}
