import type { OperatorHost } from '../runtime/operator.js';
import type { Output } from '../runtime/output.js';
import type { Scope } from '../runtime/scope.js';
import type { StreamRecord } from '../runtime/stream-record.js';
import type { ErrorPolicy } from './error-policy.js';
import { mustBeSynchronous } from './function-call.js';
import { judge, kindOf } from './judge.js';
import { keyFor } from './key-of.js';
import { KeyedFunctionCall } from './keyed-function-call.js';
import type { KeyedRuntimeContext } from './keyed-process-function.js';
import { openingState } from './keyed-state-access.js';
import type { StateCursor } from './state-cursor.js';
import { InternalTimerService } from './timers/internal-timer-service.js';
import { KeyedTimerService } from './timers/keyed-timer-service.js';
import type { TimeDomain, Timer } from './timers/timer.js';

/** How the calls of a keyed function are made. */
export interface KeyedCallsOptions<K, OUT> {
  readonly host: OperatorHost;
  readonly out: Output<OUT>;
  /** One for all copies of the operator in the process. */
  readonly cursor: StateCursor;
  /** The function's `onTimer`; timers fire without effect where it has none. */
  readonly onTimer: (timestamp: number, call: KeyedFunctionCall<K, OUT>) => unknown;
}

/**
 * The calls of a keyed user function in one task: for elements and for timers, each with the state of its key. What the
 * operators of one and of two keyed inputs have in common.
 */
export class KeyedCalls<K extends string | number, OUT> {
  readonly #host: OperatorHost;
  readonly #cursor: StateCursor;
  readonly #call: KeyedFunctionCall<K, OUT>;
  readonly #timers: InternalTimerService;

  constructor({ host, out, cursor, onTimer }: KeyedCallsOptions<K, OUT>) {
    this.#host = host;
    this.#cursor = cursor;
    const fire = (domain: TimeDomain) => (timer: Timer, scope: Scope) => {
      this.#fire(domain, timer, scope, onTimer);
    };
    this.#timers = new InternalTimerService({
      host,
      onEventTime: fire('EVENT_TIME'),
      onProcessingTime: fire('PROCESSING_TIME'),
    });
    const checkCall = (): void => void this.#call.getCurrentKey();
    this.#call = new KeyedFunctionCall(host, out, new KeyedTimerService(this.#timers, checkCall));
  }

  /** Opens the function, then takes over restored timers: one that is due fires at once. */
  async open(openFunction: (context: KeyedRuntimeContext) => void | Promise<void>): Promise<void> {
    const opening = openingState(this.#host, this.#cursor);
    await openFunction({ ...this.#host.context, ...opening.access });
    opening.opened();
    this.#timers.open();
  }

  /** The call in hand; one object for all. */
  get call(): KeyedFunctionCall<K, OUT> {
    return this.#call;
  }

  get numEventTimeTimers(): number {
    return this.#timers.numEventTimeTimers;
  }

  get numProcessingTimeTimers(): number {
    return this.#timers.numProcessingTimeTimers;
  }

  /** Calls the function for an element: key and state are its own; what is thrown is judged by the policy. */
  process<IN>(
    record: StreamRecord<IN>,
    keyOf: (value: IN) => K,
    errors: ErrorPolicy<IN> | undefined,
    process: (value: IN, call: KeyedFunctionCall<K, OUT>) => unknown,
  ): void {
    const keyed = keyFor(this.#host, keyOf, record.value);
    if (keyed === undefined) return;
    const { state } = this.#host;
    state.setCurrentKey(keyed.key);
    const before = this.#cursor.place;
    this.#cursor.place = state;
    this.#call.beginElement(keyed.key, record);
    try {
      mustBeSynchronous(process(record.value, this.#call), 'processElement');
    } catch (error) {
      judge(this.#host, errors, record, error, kindOf(errors, error), 1);
    } finally {
      this.#call.end();
      // An acknowledgement may have let another task of the same node run inside this call.
      this.#cursor.place = before;
    }
  }

  currentWatermark(): number {
    return this.#timers.currentWatermark();
  }

  advanceWatermark(timestamp: number): void {
    this.#timers.advanceWatermark(timestamp);
  }

  close(): void {
    this.#timers.close();
  }

  #fire(
    domain: TimeDomain,
    { timestamp, key }: Timer,
    scope: Scope,
    onTimer: KeyedCallsOptions<K, OUT>['onTimer'],
  ): void {
    const before = this.#cursor.place;
    this.#cursor.place = this.#host.state;
    // As in Flink: what a timer of the clock emits has no event time.
    const cause = { timestamp: domain === 'EVENT_TIME' ? timestamp : undefined, scope };
    this.#call.beginTimer(key as K, cause, domain, timestamp);
    try {
      mustBeSynchronous(onTimer(timestamp, this.#call), 'onTimer');
    } finally {
      this.#call.end();
      this.#cursor.place = before;
    }
  }
}
