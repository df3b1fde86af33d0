import { setMaxListeners } from 'node:events';
import { sleep } from '@millrace/core';
import type { Clock } from '@millrace/core';

/** Work that was not done in time may be made up for within so many milliseconds, not more: no bursts behind a pause. */
const BURST_MS = 100;
/** Waits shorter than a timer's grain are left to add up. */
const LEAST_WAIT_MS = 5;

/**
 * Spreads work over time: at most `perSecond` units a second over any longer while. Who took too much at once (a page
 * whose size was known only afterwards) makes the next one wait for it.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #signal: AbortSignal;
  /** Monotonic time at which everything taken so far is paid for. */
  #paidAt: number;

  /**
   * @param perSecond units a second, more than 0; Infinity never waits
   * @param signal ends a wait
   */
  constructor(clock: Clock, perSecond: number, signal: AbortSignal) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#signal = signal;
    // Any number may wait at once; that is no leak.
    setMaxListeners(0, signal);
    this.#paidAt = clock.monotonic();
  }

  /**
   * Resolves when there is room again, and then books `units`.
   *
   * @throws the signal's reason
   */
  async take(units: number): Promise<void> {
    this.#signal.throwIfAborted();
    const now = this.#clock.monotonic();
    const begin = Math.max(this.#paidAt, now - BURST_MS);
    this.#paidAt = begin + (units * 1_000) / this.#perSecond;
    const wait = begin - now;
    if (wait >= LEAST_WAIT_MS) await sleep(this.#clock, wait, this.#signal);
  }
}
