import type { AsyncRetryStrategy } from '../operators/async-retry-strategy.js';
import type { ErrorPolicy } from '../operators/error-policy.js';
import type { Serializer } from '../state/serializer.js';
import type { WatermarkStrategy } from '../time/watermark-strategy.js';
import type { OutputTag } from './output-tag.js';

/** Options of every operator. */
export interface NodeOptions {
  /**
   * Stable id: metrics, errors and stored state carry it. Changing it makes the operator a new one, without its state.
   * @default made of the name; not allowed to be missing on an operator with state
   */
  readonly uid?: string;
  /** Short name for people. @default the uid, else the kind of operator */
  readonly name?: string;
}

/** Options of `StreamExecutionEnvironment.fromSource`. */
export interface SourceOptions<T> extends NodeOptions {
  /** Event time of the stream, by split. @default timestamps as the source gives them, no watermarks */
  readonly watermarks?: WatermarkStrategy<T>;
}

/** Options of operators that run a user function. */
export interface FunctionOptions<IN> extends NodeOptions {
  /** What happens to an element whose function throws. @default the job attempt fails, as in Flink */
  readonly errors?: ErrorPolicy<IN>;
}

/** Options of operators that can emit to side outputs. */
export interface ProcessOptions<IN> extends FunctionOptions<IN> {
  /** Tags that the function emits to. When given, the graph is checked: each must be read, and no other may be. */
  readonly sideOutputs?: readonly OutputTag<unknown>[];
}

/** Options of asynchronous operators. */
export interface AsyncOptions<IN, OUT = unknown> extends ProcessOptions<IN> {
  /**
   * Elements of one task that are worked on at once; the others wait. Too large overloads the service behind, too small
   * leaves it idle.
   * @default 100, as in Flink
   */
  readonly capacity?: number;
  /**
   * Milliseconds from the first call for an element to its end, retries included. Must be longer than the retries may
   * take; without it a call that never answers holds its place for ever.
   * @default none
   */
  readonly timeoutMs?: number;
  /**
   * When to call the function again for an element: after infrastructure errors, or as the strategy's own conditions
   * say. An element that waits for it keeps its place among the `capacity`.
   * @default none: the job attempt fails at the first
   */
  readonly retryStrategy?: AsyncRetryStrategy<OUT>;
}

/** Options of `DataStream.keyBy`. */
export interface KeyByOptions {
  /** What the key is, for `describe`: `by enrolment`. @default nothing is said of it */
  readonly name?: string;
  /**
   * Elements of one of these keys all come from one partition, although the stream was keyed otherwise before: the key
   * is derived from the one before, or determines it. Wrong, the state of a key falls apart into one for each task.
   * @default false: state by another key than before needs `repartition`
   */
  readonly preservesPartitioning?: boolean;
}

/** Options of operators with keyed state. The uid is required: state is kept under it. */
export interface KeyedProcessOptions<IN> extends ProcessOptions<IN> {
  readonly uid: string;
}

/** Options of rolling aggregates: `KeyedStream.reduce`, `sum`, `min`, `max`. */
export interface RollingOptions<IN, S = IN> extends KeyedProcessOptions<IN> {
  /**
   * How the value of a key is stored: an element, or what the function given to `sum`, `min` or `max` returns. Changing it
   * makes what is stored unreadable, unless it can migrate.
   * @default Serializers.structuredClone()
   */
  readonly serializer?: Serializer<S>;
}

/** Options of `KeyedStream.minBy` and `maxBy`. */
export interface ExtremeByOptions<IN> extends RollingOptions<IN> {
  /** Which of several elements with the same value is kept: the first, or else the last. @default true */
  readonly first?: boolean;
}

/** Options of `KeyedStream.admit`. */
export interface AdmitOptions<T, G> extends NodeOptions {
  /**
   * Keys inside at once, over all tasks of the process. Too large overloads what is behind, too small leaves it idle.
   * @default 128
   */
  readonly capacity?: number;
  /**
   * Whether fewer keys are let in while what is behind is slow: more go in while their latency stays flat, up to
   * `capacity`, fewer when it rises or something has to be tried again. Without, `capacity` go in however slow it is;
   * with, elements that wait for long without work being done (a back-off of your own) count as slowness.
   * @default false
   */
  readonly adaptive?: boolean;
  /**
   * Makes one element of all that wait for a key when it is let in (in order, at least one). Must not throw.
   * @default elements go in one by one
   */
  readonly coalesce?: (elements: readonly [T, ...T[]]) => G;
}
