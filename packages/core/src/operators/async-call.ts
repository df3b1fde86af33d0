import { messageOf, OperatorTimeoutError } from '../errors.js';
import type { OperatorHost } from '../runtime/operator.js';
import { ChildScope } from '../runtime/scope.js';
import { StreamRecord } from '../runtime/stream-record.js';
import type { AsyncFunction } from './async-function.js';
import type { Segment } from './async-results.js';
import type { AsyncRetryStrategy } from './async-retry-strategy.js';
import { Try } from './async-try.js';
import type { TriedCall } from './async-try.js';
import { CallWaits } from './call-waits.js';
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
export interface AsyncCallOwner<IN, OUT, K = undefined> {
  readonly host: OperatorHost;
  readonly fn: AsyncFunction<IN, OUT>;
  readonly options: AsyncCallOptions<IN>;
  /** The input has ended: nothing is tried again. */
  readonly isFinishing: boolean;
  /** Emits downstream. */
  emit(record: StreamRecord<OUT>): void;
  /** The element's call has ended: with `call.outcome`, once. */
  ended(call: AsyncCall<IN, OUT, K>): void;
  /** No call of the user function is running for the element any more, after it ended. */
  cameBack(call: AsyncCall<IN, OUT, K>): void;
}

/**
 * All tries for one element: the first, and the retries of infrastructure errors. Ends exactly once; what comes later
 * (an answer after the timeout, also while a retry is being waited for) is ignored.
 */
export class AsyncCall<IN, OUT, K = undefined> implements TriedCall<OUT> {
  readonly record: StreamRecord<IN>;
  readonly key: K;
  /** Tries made so far. */
  attempts = 0;
  /** Undefined until the call has ended. */
  outcome: AsyncOutcome<OUT> | undefined;
  /** Kept for the order of the results. */
  segment: Segment<this> | undefined;
  readonly #owner: AsyncCallOwner<IN, OUT, K>;
  /** Undefined where nothing is tried again: a number of its own for each element. */
  #startedAt: number | undefined;
  /** The try in hand; undefined before, between and after tries. */
  #current: Try<OUT> | undefined;
  #isOver = false;
  /** Tries whose user function has not come back, late ones included. */
  #running = 0;
  /** Made when the first of it is needed: most calls are answered and that is all. */
  #waits: CallWaits | undefined;

  /** @param key what the operator knows the call by */
  constructor(owner: AsyncCallOwner<IN, OUT, K>, record: StreamRecord<IN>, key: K) {
    this.#owner = owner;
    this.record = record;
    this.key = key;
  }

  get timestamp(): number | undefined {
    return this.record.timestamp;
  }

  /** Whether the user function is running for the element, be it that nobody waits for it any more. */
  get isRunning(): boolean {
    return this.#running > 0;
  }

  /** The task's own signal where there is no timeout: a controller for each element costs as much as the element. */
  get signal(): AbortSignal {
    const task = this.#owner.host.context.signal;
    if (this.#owner.options.timeoutMs === undefined) return task;
    return (this.#waits ??= new CallWaits()).signalUnder(task, this.#isOver);
  }

  start(): void {
    const { host, options } = this.#owner;
    const { timeoutMs, retryStrategy } = options;
    if (retryStrategy !== undefined) this.#startedAt = host.context.clock.monotonic();
    if (timeoutMs !== undefined) {
      this.#waits ??= new CallWaits();
      this.#waits.cancelTimeout = host.context.clock.setTimer(timeoutMs, () => {
        host.enter(() => {
          this.#timedOut(timeoutMs);
        });
      });
    }
    this.#try();
  }

  /** The input has ended: a try that is waited for is made now. */
  retryNow(): void {
    const waits = this.#waits;
    if (waits?.cancelBackoff === undefined || this.#isOver) return;
    waits.cancelBackoff();
    waits.cancelBackoff = undefined;
    this.#try();
  }

  /** Gives the element up: the task is closing. Nothing is emitted or told to the owner, but that calls come back. */
  abandon(): void {
    this.#over(new Error('the task was closed'));
  }

  /** Resolves when no call of the user function is running any more. */
  back(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    const { whenBack } = (this.#waits ??= new CallWaits());
    return new Promise((resolve) => whenBack.push(resolve));
  }

  /** Called by the try. */
  emitAcknowledged(by: Try<OUT>, value: OUT): Promise<void> {
    const acknowledged = new Promise<void>((resolve, reject) => {
      if (this.#current !== by || this.#owner.host.context.signal.aborted) {
        reject(new Error('the call has ended: it failed, its element timed out, or its task was closed'));
        return;
      }
      const { acknowledgements } = (this.#waits ??= new CallWaits());
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
    const attempt = this.#begin();
    let answer: unknown;
    try {
      answer = this.#owner.fn.asyncInvoke(this.record.value, attempt);
    } catch (error) {
      answer = rejected(error);
    }
    this.#awaits(attempt, answer);
  }

  #begin(signal?: AbortSignal): Try<OUT> {
    const attempt = new Try<OUT>(this, this.attempts, signal);
    this.#current = attempt;
    this.#running += 1;
    return attempt;
  }

  #awaits(attempt: Try<OUT>, answer: unknown): void {
    // A function typed loosely may return no promise at all: Promise.resolve takes anything.
    Promise.resolve(answer).then(
      (values) => {
        attempt.answer = values;
        this.#owner.host.enter(succeeded, attempt);
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

  /** Called by the try. */
  succeeded(attempt: Try<OUT>, values: unknown): void {
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
    if (attempt.side !== undefined) {
      for (const { tag, value } of attempt.side) {
        this.#owner.host.emitSide(tag, new StreamRecord(value, record.timestamp, record.scope));
      }
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
    if (this.#waits?.isTimedOut === true || this.#owner.isFinishing) return false;
    const now = this.#owner.host.context.clock.monotonic();
    return strategy.canRetry(this.attempts, now - (this.#startedAt ?? now));
  }

  #retryLater(strategy: AsyncRetryStrategy, error: unknown): void {
    this.#current = undefined;
    const { host } = this.#owner;
    const { clock, metrics } = host.context;
    metrics.counter('numRetries').inc();
    const waits = (this.#waits ??= new CallWaits());
    waits.failingSince ??= clock.now();
    // The new one first: the operator does not cease to wait in between.
    const stopWaiting = host.waiting(error, waits.failingSince);
    waits.stopWaiting?.();
    waits.stopWaiting = stopWaiting;
    waits.cancelBackoff = clock.setTimer(strategy.backoffMs(this.attempts), () => {
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
    const waits = (this.#waits ??= new CallWaits());
    waits.controller?.abort(error);
    if (fn.timeout === undefined) {
      this.#end({ ok: false, error, kind: kindOf(options.errors, error, 'infrastructure') });
      return;
    }
    // From here on it is the only try: what was tried or waited for before it has no effect any more.
    waits.isTimedOut = true;
    waits.cancelBackoff?.();
    waits.cancelBackoff = undefined;
    const attempt = this.#begin(host.context.signal);
    let answer: unknown;
    try {
      answer = fn.timeout(this.record.value, attempt);
    } catch (thrown) {
      answer = rejected(thrown);
    }
    this.#awaits(attempt, answer);
  }

  #cameBack(): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    this.#waits?.back();
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
    this.#waits?.over(error, this.#owner.host.context.signal);
  }
}

function succeeded<OUT>(attempt: Try<OUT>): void {
  attempt.succeeded();
}

function rejected(error: unknown): Promise<never> {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- anything may be thrown
  return Promise.reject(error);
}
