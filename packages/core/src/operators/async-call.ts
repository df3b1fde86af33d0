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

/** How a call ended: with what to emit, or with an error and who is to blame for it. */
export type AsyncOutcome<OUT> =
  | { readonly ok: true; readonly values: readonly OUT[] }
  | { readonly ok: false; readonly error: unknown; readonly kind: ErrorKind };

/** The operator that a call belongs to. */
export interface AsyncCallOwner<IN, OUT> {
  readonly host: OperatorHost;
  readonly fn: AsyncFunction<IN, OUT>;
  readonly options: AsyncCallOptions<IN>;
  /** The input has ended: nothing is tried again. */
  readonly isFinishing: boolean;
  /** Emits downstream. */
  emit(record: StreamRecord<OUT>): void;
  /** The element's call has ended: with `call.outcome`, once. */
  ended(call: AsyncCall<IN, OUT>): void;
  /** No call of the user function is running for the element any more, after it ended. */
  cameBack(call: AsyncCall<IN, OUT>): void;
}

/** One try: what the user function gets. A try that is over can emit nothing, whatever it left running. */
class Try<IN, OUT> implements AsyncContext<OUT> {
  readonly attempt: number;
  readonly side: { readonly tag: OutputTag<unknown>; readonly value: unknown }[] = [];
  readonly #call: AsyncCall<IN, OUT>;
  readonly #signal: AbortSignal | undefined;

  /** @param signal instead of the call's own, which has aborted when the time is over */
  constructor(call: AsyncCall<IN, OUT>, attempt: number, signal?: AbortSignal) {
    this.#call = call;
    this.attempt = attempt;
    this.#signal = signal;
  }

  get timestamp(): number | undefined {
    return this.#call.record.timestamp;
  }

  get signal(): AbortSignal {
    return this.#signal ?? this.#call.signal;
  }

  output<X>(tag: OutputTag<X>, value: NoInfer<X>): void {
    this.side.push({ tag, value });
  }

  emitAcknowledged(value: OUT): Promise<void> {
    return this.#call.emitAcknowledged(this, value);
  }
}

/**
 * All tries for one element: the first, and the retries of infrastructure errors. Ends exactly once; what comes later
 * (an answer after the timeout, also while a retry is being waited for) is ignored.
 */
export class AsyncCall<IN, OUT> {
  readonly record: StreamRecord<IN>;
  /** Tries made so far. */
  attempts = 0;
  /** Undefined until the call has ended. */
  outcome: AsyncOutcome<OUT> | undefined;
  readonly #owner: AsyncCallOwner<IN, OUT>;
  #startedAt = 0;
  /** The try in hand; undefined before, between and after tries. */
  #current: Try<IN, OUT> | undefined;
  #isOver = false;
  #isTimedOut = false;
  /** Tries whose user function has not come back, late ones included. */
  #running = 0;
  #whenBack: (() => void)[] = [];
  /** Rejects what waits in `emitAcknowledged`. */
  #acknowledgements: Set<(error: unknown) => void> | undefined;
  #controller: AbortController | undefined;
  #cancelTimeout: (() => void) | undefined;
  #cancelBackoff: (() => void) | undefined;
  #stopWaiting: (() => void) | undefined;
  #failingSince: number | undefined;

  constructor(owner: AsyncCallOwner<IN, OUT>, record: StreamRecord<IN>) {
    this.#owner = owner;
    this.record = record;
  }

  /** Whether the user function is running for the element, be it that nobody waits for it any more. */
  get isRunning(): boolean {
    return this.#running > 0;
  }

  /** The task's own signal where there is no timeout: a controller for each element costs as much as the element. */
  get signal(): AbortSignal {
    const task = this.#owner.host.context.signal;
    if (this.#owner.options.timeoutMs === undefined) return task;
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (task.aborted) this.#controller.abort(task.reason);
      else if (this.#isOver) this.#controller.abort(new Error('the call has ended'));
      else task.addEventListener('abort', this.#onTaskAbort, { once: true });
    }
    return this.#controller.signal;
  }

  readonly #onTaskAbort = (): void => {
    this.#controller?.abort(this.#owner.host.context.signal.reason);
  };

  start(): void {
    const { host, options } = this.#owner;
    const { timeoutMs } = options;
    this.#startedAt = host.context.clock.monotonic();
    if (timeoutMs !== undefined) {
      this.#cancelTimeout = host.context.clock.setTimer(timeoutMs, () => {
        host.enter(() => {
          this.#timedOut(timeoutMs);
        });
      });
    }
    this.#try();
  }

  /** The input has ended: a try that is waited for is made now. */
  retryNow(): void {
    if (this.#cancelBackoff === undefined || this.#isOver) return;
    this.#cancelBackoff();
    this.#cancelBackoff = undefined;
    this.#try();
  }

  /** Gives the element up: the task is closing. Nothing is emitted or told to the owner, but that calls come back. */
  abandon(): void {
    this.#over(new Error('the task was closed'));
  }

  /** Resolves when no call of the user function is running any more. */
  back(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenBack.push(resolve));
  }

  /** Called by the try. */
  emitAcknowledged(by: Try<IN, OUT>, value: OUT): Promise<void> {
    const acknowledged = new Promise<void>((resolve, reject) => {
      if (this.#current !== by || this.#owner.host.context.signal.aborted) {
        reject(new Error('the call has ended: it failed, its element timed out, or its task was closed'));
        return;
      }
      const acknowledgements = (this.#acknowledgements ??= new Set());
      acknowledgements.add(reject);
      const scope = new ChildScope(this.record.scope, () => {
        acknowledgements.delete(reject);
        resolve();
      });
      this.#owner.host.enter(() => {
        this.#owner.emit(new StreamRecord(value, this.record.timestamp, scope));
        scope.release();
      });
    });
    // Who does not wait for it must not end the process by an unhandled rejection.
    acknowledged.catch(() => undefined);
    return acknowledged;
  }

  #try(): void {
    this.attempts += 1;
    this.#run(new Try(this, this.attempts), (attempt) => this.#owner.fn.asyncInvoke(this.record.value, attempt));
  }

  #run(attempt: Try<IN, OUT>, invoke: (attempt: Try<IN, OUT>) => unknown): void {
    this.#current = attempt;
    this.#running += 1;
    let answer: unknown;
    try {
      answer = invoke(attempt);
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- anything may be thrown
      answer = Promise.reject(error);
    }
    // A function typed loosely may return no promise at all: Promise.resolve takes anything.
    Promise.resolve(answer).then(
      (values) => {
        this.#owner.host.enter(() => {
          this.#succeeded(attempt, values);
        });
        this.#cameBack();
      },
      (error: unknown) => {
        this.#owner.host.enter(() => {
          if (attempt === this.#current) this.#failed(error);
        });
        this.#cameBack();
      },
    );
  }

  #succeeded(attempt: Try<IN, OUT>, values: unknown): void {
    if (attempt !== this.#current) return;
    if (!Array.isArray(values)) {
      this.#failed(new TypeError('asyncInvoke resolved with something that is not an array; [] emits nothing'));
      return;
    }
    const strategy = this.#owner.options.retryStrategy;
    if (strategy?.ifResult?.(values) === true && this.#canRetry(strategy)) {
      this.#retryLater(strategy, new Error('the retry strategy did not take the result'));
      return;
    }
    const { record } = this;
    for (const { tag, value } of attempt.side) {
      this.#owner.host.emitSide(tag, new StreamRecord(value, record.timestamp, record.scope));
    }
    this.#end({ ok: true, values: values as OUT[] });
  }

  #failed(error: unknown): void {
    this.#current = undefined;
    const { errors, retryStrategy } = this.#owner.options;
    const kind = kindOf(errors, error);
    if (retryStrategy !== undefined) {
      const isWanted = retryStrategy.ifException?.(error) ?? kind === 'infrastructure';
      if (isWanted && this.#canRetry(retryStrategy)) {
        this.#retryLater(retryStrategy, error);
        return;
      }
    }
    this.#end({ ok: false, error, kind });
  }

  #canRetry(strategy: AsyncRetryStrategy): boolean {
    if (this.#isTimedOut || this.#owner.isFinishing) return false;
    return strategy.canRetry(this.attempts, this.#owner.host.context.clock.monotonic() - this.#startedAt);
  }

  #retryLater(strategy: AsyncRetryStrategy, error: unknown): void {
    this.#current = undefined;
    const { host } = this.#owner;
    const { clock, metrics } = host.context;
    metrics.counter('numRetries').inc();
    this.#failingSince ??= clock.now();
    // The new one first: the operator does not cease to wait in between.
    const stopWaiting = host.waiting(error, this.#failingSince);
    this.#stopWaiting?.();
    this.#stopWaiting = stopWaiting;
    this.#cancelBackoff = clock.setTimer(strategy.backoffMs(this.attempts), () => {
      // The timer may have fired, and its turn come only after the timeout's or the end of the input.
      host.enter(() => {
        this.retryNow();
      });
    });
  }

  #timedOut(timeoutMs: number): void {
    if (this.#isOver) return;
    const { host, options, fn } = this.#owner;
    const error = new OperatorTimeoutError(host.context.operator, timeoutMs);
    this.#controller?.abort(error);
    if (fn.timeout === undefined) {
      this.#end({ ok: false, error, kind: kindOf(options.errors, error, 'infrastructure') });
      return;
    }
    // From here on it is the only try: what was tried or waited for before it has no effect any more.
    this.#isTimedOut = true;
    this.#cancelBackoff?.();
    this.#cancelBackoff = undefined;
    this.#run(new Try(this, this.attempts, host.context.signal), (attempt) => fn.timeout?.(this.record.value, attempt));
  }

  #cameBack(): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    for (const resolve of this.#whenBack.splice(0)) resolve();
    if (this.#isOver) this.#owner.cameBack(this);
  }

  #end(outcome: AsyncOutcome<OUT>): void {
    if (this.#isOver) return;
    this.outcome = outcome;
    this.#over(outcome.ok ? undefined : new Error(`the call has ended: ${messageOf(outcome.error)}`));
    this.#owner.ended(this);
  }

  /** @param error what those who still wait in `emitAcknowledged` get; undefined lets them wait */
  #over(error: Error | undefined): void {
    this.#isOver = true;
    this.#current = undefined;
    if (error !== undefined) for (const reject of this.#acknowledgements ?? []) reject(error);
    this.#cancelTimeout?.();
    this.#cancelBackoff?.();
    this.#stopWaiting?.();
    // Only where somebody asked for a signal of the call's own: taking a listener away costs more than the call.
    if (this.#controller !== undefined) {
      this.#owner.host.context.signal.removeEventListener('abort', this.#onTaskAbort);
    }
  }
}
