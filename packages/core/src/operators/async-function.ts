import type { Clock } from '../clock.js';
import type { Logger } from '../logger.js';
import type { MetricGroup } from '../metrics.js';
import type { OutputTag } from '../api/output-tag.js';

/** What a rich function gets when it is opened: once for each task, before any element. */
export interface RuntimeContext {
  readonly jobName: string;
  /** uid of the operator. */
  readonly operator: string;
  /** Split that this copy works for. */
  readonly split: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Labelled with job and operator; shared by the copies of this operator in the process. */
  readonly metrics: MetricGroup;
  /** Aborts when the task is closed, cancelled or lost. */
  readonly signal: AbortSignal;
}

/** Life of a function that needs more than its elements. */
export interface RichFunction {
  /** Before any element of the task. What it throws fails the attempt. */
  open?(context: RuntimeContext): void | Promise<void>;
  /** Once, after the last call has ended or was given up; also where `open` failed. */
  close?(): void | Promise<void>;
}

/** What one call of an asynchronous function can use. */
export interface AsyncContext<OUT> {
  /** Event time of the element in milliseconds, undefined where it has none. */
  readonly timestamp: number | undefined;
  /** 1 for the first call for this element, 2 for the first retry, and so on. */
  readonly attempt: number;
  /** Aborts when the task is closed or the element's timeout passed. */
  readonly signal: AbortSignal;
  /** Emits to a side output; takes effect when this call succeeds (a call that is retried leaves nothing behind). */
  output<X>(tag: OutputTag<X>, value: NoInfer<X>): void;
  /**
   * Emits `value` now and resolves when everything that it causes downstream is acknowledged, sinks included. Meant
   * for "first this, and only when it is safe, that". Not undone when the call fails or is retried afterwards, and not
   * held back by elements before it in ordered mode.
   *
   * @throws where the call has ended meanwhile: by its timeout, or because the task was closed
   */
  emitAcknowledged(value: OUT): Promise<void>;
}

/**
 * A function that answers later. Resolve with what to emit (an empty array emits nothing); reject or throw for an error,
 * which the operator's retry strategy and error policy then judge. After Flink's AsyncFunction.
 */
export interface AsyncFunction<IN, OUT> extends RichFunction {
  asyncInvoke(input: IN, context: AsyncContext<OUT>): Promise<readonly OUT[]>;
  /**
   * Called when an element's `timeoutMs` is over, in the place of the TimeoutError: what it resolves with is the
   * element's result, what it rejects with its error; neither is tried again. Answers of `asyncInvoke` that come from
   * then on have no effect. It has no timeout of its own: one that never settles holds its place for ever.
   *
   * @default the element fails with an OperatorTimeoutError
   */
  timeout?(input: IN, context: AsyncContext<OUT>): Promise<readonly OUT[]>;
}
