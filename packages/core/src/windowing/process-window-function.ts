import type { OutputTag } from '../api/output-tag.js';
import type { RichFunction } from '../operators/async-function.js';
import type { Collector } from '../operators/process-function.js';
import type {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  StateDescriptor,
  ValueStateDescriptor,
} from '../state/state-descriptor.js';
import type { AggregatingState, ListState, MapState, ReducingState, ValueState } from '../state/state-types.js';
import type { Window } from './window.js';

/** States by descriptor; the descriptors are those that the function declared. */
export interface WindowStateStore {
  /** @throws MillraceError ERR_STATE_UNDECLARED where the function does not declare the descriptor */
  getState<T>(descriptor: ValueStateDescriptor<T>): ValueState<T>;
  /** @throws MillraceError as `getState` */
  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T>;
  /** @throws MillraceError as `getState` */
  getMapState<K extends string | number, V>(descriptor: MapStateDescriptor<K, V>): MapState<K, V>;
  /** @throws MillraceError as `getState` */
  getReducingState<T>(descriptor: ReducingStateDescriptor<T>): ReducingState<T>;
  /** @throws MillraceError as `getState` */
  getAggregatingState<IN, ACC, OUT>(descriptor: AggregatingStateDescriptor<IN, ACC, OUT>): AggregatingState<IN, OUT>;
}

/** What a window function knows of the window that fires. Valid during the call only. */
export interface WindowContext<W extends Window> {
  window(): W;
  /** Milliseconds since 1970 UTC by the task's clock. */
  currentProcessingTime(): number;
  /** The watermark, in milliseconds of event time. */
  currentWatermark(): number;
  /**
   * States of the key and this window (`windowStates`). Clear them in `clear`: they are not part of what the window
   * drops by itself.
   *
   * @throws MillraceError ERR_WINDOW_STATE_MERGING on windows that merge, as in Flink
   */
  windowState(): WindowStateStore;
  /** States of the key, of all its windows (`globalStates`). */
  globalState(): WindowStateStore;
  /** Emits to a side output, with the window's last moment as timestamp. */
  output<X>(tag: OutputTag<X>, value: NoInfer<X>): void;
}

/** What ProcessWindowFunction and ProcessAllWindowFunction have in common. */
export interface RichWindowFunction<W extends Window> extends RichFunction {
  /**
   * Descriptors of the states that `windowState()` is asked for. Declared, because states are made when the operator
   * opens.
   * @default none
   */
  readonly windowStates?: readonly StateDescriptor<unknown>[];
  /** Descriptors of the states that `globalState()` is asked for. @default none */
  readonly globalStates?: readonly StateDescriptor<unknown>[];
  /** The window goes: clear its `windowState`. */
  clear?(context: WindowContext<W>): void;
}

/**
 * A function of a window that fires. `elements` are all elements of the window, or one: what the reduce or aggregate
 * function that stands before it made of them. It runs at each firing, of a late element too; what it throws fails the
 * job attempt. One object may serve several tasks: what it keeps belongs in states.
 *
 * @see Flink, "Windows", "ProcessWindowFunction"
 */
export interface ProcessWindowFunction<K, IN, OUT, W extends Window> extends RichWindowFunction<W> {
  process(key: K, context: WindowContext<W>, elements: Iterable<IN>, out: Collector<OUT>): void;
}

/** As ProcessWindowFunction, for windows of a stream without keys. */
export interface ProcessAllWindowFunction<IN, OUT, W extends Window> extends RichWindowFunction<W> {
  process(context: WindowContext<W>, elements: Iterable<IN>, out: Collector<OUT>): void;
}

/** The plain form: no states, no side outputs. Flink's WindowFunction. */
export type WindowFunction<K, IN, OUT, W extends Window> = (
  key: K,
  window: W,
  elements: Iterable<IN>,
  out: Collector<OUT>,
) => void;

/** The plain form for windows of a stream without keys. Flink's AllWindowFunction. */
export type AllWindowFunction<IN, OUT, W extends Window> = (
  window: W,
  elements: Iterable<IN>,
  out: Collector<OUT>,
) => void;
