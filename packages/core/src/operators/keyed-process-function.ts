import type { RuntimeContext } from './async-function.js';
import type { KeyedStateAccess } from './keyed-state-access.js';
import type { Collector, ProcessContext } from './process-function.js';
import type { TimeDomain } from './timers/timer.js';

/** What a keyed function gets when it is opened: besides the rest, its state. */
export interface KeyedRuntimeContext extends RuntimeContext, KeyedStateAccess {}

/** What a keyed function knows of the element in hand. Valid during the call only. */
export interface KeyedProcessContext<K> extends ProcessContext {
  /** The key of the element, or of the timer. */
  getCurrentKey(): K;
}

/** What a keyed function knows in `onTimer`: `timestamp()` is the timer's time. Valid during the call only. */
export interface OnTimerContext<K> extends KeyedProcessContext<K> {
  /** Which clock the timer went by. */
  timeDomain(): TimeDomain;
}

/**
 * A synchronous function of one element, the state of its key and its timers. Elements of a key come in order, one at a
 * time, timers between them. After a failure state, timers and position go back to the last checkpoint: every record
 * counts in the state exactly once, outputs may be repeated. After Flink's KeyedProcessFunction.
 *
 * What `onTimer` emits carries the timer's time as its timestamp where the timer was one of event time, and none where
 * it was one of the clock.
 *
 * An object that is given instead of a factory serves all tasks of the process: its states mean the task in hand, its
 * other fields are shared.
 *
 * @example
 * ```ts
 * import { ValueStateDescriptor } from '@millrace/core';
 * import type { KeyedProcessFunction, ValueState } from '@millrace/core';
 * import { OperatorHarness } from '@millrace/core/testing';
 *
 * // Counts visits, and tells the count ten seconds after the first one.
 * function counting(): KeyedProcessFunction<string, string, string> {
 *   let count: ValueState<number>;
 *   return {
 *     open(context) {
 *       count = context.getState(new ValueStateDescriptor<number>('count'));
 *     },
 *     processElement(_visit, context) {
 *       const before = count.value();
 *       const timers = context.timerService();
 *       if (before === undefined) timers.registerProcessingTimeTimer(timers.currentProcessingTime() + 10_000);
 *       count.update((before ?? 0) + 1);
 *     },
 *     onTimer(_timestamp, context, out) {
 *       out.collect(`${context.getCurrentKey()}: ${count.value() ?? 0}`);
 *       count.clear();
 *     },
 *   };
 * }
 *
 * const harness = await OperatorHarness.forKeyedProcess<string, string, string>((visitor) => visitor, counting());
 * for (const visitor of ['ann', 'ben', 'ann']) await harness.processElement(visitor);
 * await harness.advance(10_000);
 * harness.output(); // => ['ann: 2', 'ben: 1']
 * harness.numProcessingTimeTimers(); // => 0
 * ```
 */
export interface KeyedProcessFunction<K, IN, OUT> {
  open?(context: KeyedRuntimeContext): void | Promise<void>;
  processElement(value: IN, context: KeyedProcessContext<K>, out: Collector<OUT>): void;
  /** A timer is due; state is that of its key. What it throws fails the job attempt: there is no element to blame. */
  onTimer?(timestamp: number, context: OnTimerContext<K>, out: Collector<OUT>): void;
  close?(): void | Promise<void>;
}
