import type { RichFunction } from './async-function.js';
import type { KeyedProcessContext, KeyedRuntimeContext, OnTimerContext } from './keyed-process-function.js';
import type { Collector, ProcessContext } from './process-function.js';

/** One element out for each in, by the stream that it came from. After Flink's CoMapFunction. */
export interface CoMapFunction<IN1, IN2, OUT> extends RichFunction {
  map1(value: IN1): OUT;
  map2(value: IN2): OUT;
}

/** Any number of elements out for each in, by the stream that it came from. After Flink's CoFlatMapFunction. */
export interface CoFlatMapFunction<IN1, IN2, OUT> extends RichFunction {
  flatMap1(value: IN1, out: Collector<OUT>): void;
  flatMap2(value: IN2, out: Collector<OUT>): void;
}

/**
 * A synchronous function of the elements of two streams, with side outputs. Calls never overlap; which stream is read
 * first is not controlled. After Flink's CoProcessFunction (timers and state: KeyedCoProcessFunction).
 */
export interface CoProcessFunction<IN1, IN2, OUT> extends RichFunction {
  processElement1(value: IN1, context: ProcessContext, out: Collector<OUT>): void;
  processElement2(value: IN2, context: ProcessContext, out: Collector<OUT>): void;
}

/**
 * A synchronous function of the elements of two streams that are keyed alike: state and timers belong to the key and are
 * shared by both. Calls never overlap; which stream is read first is not controlled. After Flink's
 * KeyedCoProcessFunction.
 *
 * An object that is given instead of a factory serves all tasks of the process: its states mean the task in hand, its
 * other fields are shared.
 */
export interface KeyedCoProcessFunction<K, IN1, IN2, OUT> {
  open?(context: KeyedRuntimeContext): void | Promise<void>;
  processElement1(value: IN1, context: KeyedProcessContext<K>, out: Collector<OUT>): void;
  processElement2(value: IN2, context: KeyedProcessContext<K>, out: Collector<OUT>): void;
  /** A timer is due. What it throws fails the job attempt. */
  onTimer?(timestamp: number, context: OnTimerContext<K>, out: Collector<OUT>): void;
  close?(): void | Promise<void>;
}
