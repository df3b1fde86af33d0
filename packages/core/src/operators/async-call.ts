import type { OutputTag } from '../api/output-tag.js';
import { messageOf, OperatorTimeoutError } from '../errors.js';
import type { OperatorHost } from '../runtime/operator.js';
import { ChildScope } from '../runtime/scope.js';
import { StreamRecord } from '../runtime/stream-record.js';
import type { AsyncContext, AsyncFunction } from './async-function.js';
import type { AsyncRetryStrategy } from './async-retry-strategy.js';
import type { ErrorKind, ErrorPolicy } from './error-policy.js';
import { kindOf } from './judge.js';

/** How the calls of one asynchronous operator are made. */
export interface AsyncCallOptions<IN> {
  readonly timeoutMs: number | undefined;
  readonly retryStrategy: AsyncRetryStrategy | undefined;
  readonly errors: ErrorPolicy<IN> | undefined;
}

export type AsyncOutcome<OUT> =
  | { readonly ok: true; readonly values: readonly OUT[] }
  | { readonly ok: false; readonly error: unknown; readonly kind: ErrorKind };

/**
 * All calls of an asynchronous function for one element: the first, and the retries of infrastructure errors. Ends
 * exactly once; what comes later (an answer after the timeout, also while a retry is being waited for) is ignored.
 */
export class AsyncCall<IN, OUT> implements AsyncContext<OUT> {
  attempt = 0;
  readonly record: StreamRecord<IN>;
  readonly #host: OperatorHost;
  readonly #function: AsyncFunction<IN, OUT>;
  readonly #options: AsyncCallOptions<IN>;
  readonly #emit: (record: StreamRecord<OUT>) => void;
  readonly #onEnd: (call: AsyncCall<IN, OUT>, outcome: AsyncOutcome<OUT>) => void;
  readonly #startedAt: number;
  #side: { tag: OutputTag<unknown>; value: unknown }[] = [];
  #ended = false;
  /** Calls of the user function that have not come back, late ones included. */
  #running = 0;
  #whenBack: (() => void) | undefined;
  #controller: AbortController | undefined;
  #cancelTimeout: (() => void) | undefined;
  #cancelBackoff: (() => void) | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(
    host: OperatorHost,
    fn: AsyncFunction<IN, OUT>,
    options: AsyncCallOptions<IN>,
    record: StreamRecord<IN>,
    emit: (record: StreamRecord<OUT>) => void,
    onEnd: (call: AsyncCall<IN, OUT>, outcome: AsyncOutcome<OUT>) => void,
  ) {
    this.#host = host;
    this.#function = fn;
    this.#options = options;
    this.record = record;
    this.#emit = emit;
    this.#onEnd = onEnd;
    this.#startedAt = host.context.clock.monotonic();
  }

  get timestamp(): number | undefined {
    return this.record.timestamp;
  }

  get signal(): AbortSignal {
    if (this.#options.timeoutMs === undefined) return this.#host.context.signal;
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      const task = this.#host.context.signal;
      if (task.aborted || this.#ended) this.#controller.abort(task.reason);
      else task.addEventListener('abort', this.#onTaskAbort, { once: true });
    }
    return this.#controller.signal;
  }

  readonly #onTaskAbort = (): void => {
    this.#controller?.abort(this.#host.context.signal.reason);
  };

  start(): void {
    const { timeoutMs } = this.#options;
    if (timeoutMs !== undefined) {
      this.#cancelTimeout = this.#host.context.clock.setTimer(timeoutMs, () => {
        const error = new OperatorTimeoutError(this.#host.context.operator, timeoutMs);
        this.#controller?.abort(error);
        this.#end({ ok: false, error, kind: this.#options.errors?.classify?.(error) ?? 'infrastructure' });
      });
    }
    this.#invoke();
  }

  /** Gives the element up: the task is closing. */
  abandon(): void {
    this.#ended = true;
    this.#release();
  }

  /** Resolves when no call of the user function is running any more. */
  back(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenBack = resolve;
    });
  }

  output<X>(tag: OutputTag<X>, value: NoInfer<X>): void {
    this.#side.push({ tag, value });
  }

  emitAcknowledged(value: OUT): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(new Error('the call has ended: its element timed out or its task was closed'));
        return;
      }
      const scope = new ChildScope(this.record.scope, resolve);
      this.#emit(new StreamRecord(value, this.record.timestamp, scope));
      scope.release();
    });
  }

  #invoke(): void {
    this.attempt += 1;
    const attempt = this.attempt;
    this.#running += 1;
    let answer: Promise<readonly OUT[]>;
    try {
      answer = this.#function.asyncInvoke(this.record.value, this);
    } catch (error) {
      answer = Promise.reject(error as Error);
    }
    // A function typed loosely may return no promise at all: Promise.resolve takes anything.
    Promise.resolve(answer).then(
      (values) => {
        this.#cameBack();
        if (this.#ended || attempt !== this.attempt) return;
        if (!Array.isArray(values)) {
          this.#failed(new TypeError('asyncInvoke resolved with something that is not an array; [] emits nothing'));
          return;
        }
        for (const { tag, value } of this.#side) {
          this.#host.emitSide(tag, new StreamRecord(value, this.record.timestamp, this.record.scope));
        }
        this.#end({ ok: true, values });
      },
      (error: unknown) => {
        this.#cameBack();
        if (this.#ended || attempt !== this.attempt) return;
        this.#failed(error);
      },
    );
  }

  #failed(error: unknown): void {
    this.#side = [];
    const kind = kindOf(this.#options.errors, error);
    const { retryStrategy } = this.#options;
    const { clock, logger, metrics } = this.#host.context;
    if (kind === 'infrastructure' && retryStrategy?.canRetry(this.attempt, clock.monotonic() - this.#startedAt)) {
      const delay = retryStrategy.backoffMs(this.attempt);
      metrics.counter('numRetries').inc();
      if (this.attempt === 1) logger.debug({ err: messageOf(error), delay }, 'retrying in place');
      this.#stopWaiting?.();
      this.#stopWaiting = this.#host.waiting(error);
      this.#cancelBackoff = clock.setTimer(delay, () => {
        this.#cancelBackoff = undefined;
        if (!this.#ended) this.#invoke();
      });
      return;
    }
    this.#end({ ok: false, error, kind });
  }

  #cameBack(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#whenBack?.();
  }

  #end(outcome: AsyncOutcome<OUT>): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    this.#onEnd(this, outcome);
  }

  #release(): void {
    this.#cancelTimeout?.();
    this.#cancelBackoff?.();
    this.#stopWaiting?.();
    this.#host.context.signal.removeEventListener('abort', this.#onTaskAbort);
  }
}
