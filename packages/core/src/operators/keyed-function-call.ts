import { FunctionCall, outsideCall } from './function-call.js';
import type { Cause } from './function-call.js';
import type { OnTimerContext } from './keyed-process-function.js';
import type { TimeDomain } from './timers/timer.js';

/** The call of a keyed function in hand: for an element, or for a timer. */
export class KeyedFunctionCall<K, OUT> extends FunctionCall<OUT> implements OnTimerContext<K> {
  #key: K | undefined;
  #domain: TimeDomain | undefined;
  #timerTime: number | undefined;

  beginElement(key: K, cause: Cause): void {
    this.begin(cause);
    this.#key = key;
  }

  /** @param cause with the timestamp that what is emitted carries */
  beginTimer(key: K, cause: Cause, domain: TimeDomain, timestamp: number): void {
    this.beginElement(key, cause);
    this.#domain = domain;
    this.#timerTime = timestamp;
  }

  override end(): void {
    super.end();
    this.#key = undefined;
    this.#domain = undefined;
    this.#timerTime = undefined;
  }

  override timestamp(): number | undefined {
    return this.#timerTime ?? super.timestamp();
  }

  getCurrentKey(): K {
    if (this.#key === undefined) throw outsideCall();
    return this.#key;
  }

  /** @throws Error where no timer is in hand */
  timeDomain(): TimeDomain {
    if (this.#domain === undefined) throw outsideCall();
    return this.#domain;
  }
}
