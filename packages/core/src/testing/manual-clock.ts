import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../clock.js';

/** Turns of the event loop that callbacks of one timer get before the next timer fires. */
const TURNS = 5;

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * A clock that stands until it is advanced. Timers fire in order of their time, and of their registration at the same
 * time; promises that depend on a timer run before the next one fires.
 *
 * @example
 * ```ts
 * import { ManualClock } from '@millrace/core/testing';
 *
 * const clock = new ManualClock(1_000);
 * const fired: number[] = [];
 * clock.setTimer(50, () => fired.push(clock.now()));
 * await clock.advance(60);
 * fired; // => [1_050]
 * clock.now(); // => 1_060
 * ```
 */
export class ManualClock implements Clock {
  #now: number;
  #wallOffset = 0;
  #timers: Timer[] = [];

  /** @param now milliseconds since 1970 UTC */
  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now + this.#wallOffset;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** Number of timers that wait: a test's way to find leaked ones. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Lets time pass, firing what becomes due. Resolves when what the timers started has run as far as it can. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await turns();
    for (;;) {
      let first: Timer | undefined;
      for (const timer of this.#timers) if (timer.at <= target && (!first || timer.at < first.at)) first = timer;
      if (first === undefined) break;
      const due = first;
      this.#timers = this.#timers.filter((each) => each !== due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      await turns();
    }
    this.#now = target;
  }

  /** Sets the wall clock alone, as an administrator or NTP does; durations do not notice. */
  setWallClock(now: number): void {
    this.#wallOffset = now - this.#now;
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();
}
