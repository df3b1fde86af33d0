import type { ValueState, ValueStateDescriptor } from '../state/value-state.js';
import type { RuntimeContext } from './async-function.js';
import type { Collector, ProcessContext } from './process-function.js';

/** What a keyed function gets when it is opened: besides the rest, its state. */
export interface KeyedRuntimeContext extends RuntimeContext {
  /**
   * The state called `descriptor.name` of this operator. Ask for it in `open`, keep it, use it while an element is
   * processed: it then means the element's key.
   *
   * @throws Error where the name was asked for already, or outside `open`
   */
  getState<T>(descriptor: ValueStateDescriptor<T>): ValueState<T>;
}

/** What a keyed function knows of the element in hand. Valid during the call only. */
export interface KeyedProcessContext<K> extends ProcessContext {
  /** The element's key. */
  getCurrentKey(): K;
}

/**
 * A synchronous function of one element and the state of its key. Elements of a key come in order, one at a time. After
 * a failure both state and position go back to the last checkpoint: every record counts in the state exactly once,
 * outputs may be repeated. After Flink's KeyedProcessFunction.
 *
 * An object that is given instead of a factory serves all tasks of the process: its states mean the task in hand, its
 * other fields are shared.
 */
export interface KeyedProcessFunction<K, IN, OUT> {
  open?(context: KeyedRuntimeContext): void | Promise<void>;
  processElement(value: IN, context: KeyedProcessContext<K>, out: Collector<OUT>): void;
  close?(): void | Promise<void>;
}
