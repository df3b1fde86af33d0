import type { OutputTag } from '../api/output-tag.js';
import type { OperatorHost } from '../runtime/operator.js';
import type { Output } from '../runtime/output.js';
import type { Scope } from '../runtime/scope.js';
import { StreamRecord } from '../runtime/stream-record.js';
import type { Collector, ProcessContext } from './process-function.js';
import type { TimerService } from './timers/timer-service.js';

/** What a call is made for: an element, or a timer. */
export interface Cause {
  readonly timestamp: number | undefined;
  readonly scope: Scope;
}

/**
 * The call of a user function in hand, as its context and collector: one object for all calls of an operator copy.
 * Outside a call it refuses, since there would be no element that what is emitted could count for.
 */
export class FunctionCall<OUT> implements ProcessContext, Collector<OUT> {
  readonly #host: OperatorHost;
  readonly #out: Output<OUT>;
  readonly #timers: TimerService;
  #cause: Cause | undefined;

  constructor(host: OperatorHost, out: Output<OUT>, timers: TimerService) {
    this.#host = host;
    this.#out = out;
    this.#timers = timers;
  }

  begin(cause: Cause): void {
    this.#cause = cause;
  }

  end(): void {
    this.#cause = undefined;
  }

  timestamp(): number | undefined {
    return this.#inHand().timestamp;
  }

  timerService(): TimerService {
    this.#inHand();
    return this.#timers;
  }

  output<X>(tag: OutputTag<X>, value: NoInfer<X>): void {
    const { timestamp, scope } = this.#inHand();
    this.#host.emitSide(tag, new StreamRecord<unknown>(value, timestamp, scope));
  }

  collect(value: OUT): void {
    const { timestamp, scope } = this.#inHand();
    this.#out.next(new StreamRecord(value, timestamp, scope));
  }

  /** @throws Error outside a call */
  #inHand(): Cause {
    if (this.#cause === undefined) throw outsideCall();
    return this.#cause;
  }
}

export function outsideCall(): Error {
  return new Error('context and collector of a process function are valid during the call only');
}

/** The element of an async function would be settled before it is dealt with. */
export function mustBeSynchronous(returned: unknown, name: string): void {
  if (!(returned instanceof Promise)) return;
  returned.catch(() => undefined);
  throw new TypeError(`${name} returned a promise; what answers later belongs in AsyncDataStream`);
}
