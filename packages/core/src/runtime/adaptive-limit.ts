import type { Clock } from '../clock.js';

/** How many of something may be in work at once, as it follows from how the work goes. */
export interface ConcurrencyLimit {
  readonly limit: number;
  /** A piece of work is done. @param taken places taken until then, its own included */
  settled(milliseconds: number, taken: number): void;
  /** Something outside refused or timed out, and will be tried again. */
  overloaded(): void;
}

/** The limit at the start. Small: a service that just came back is not run over. */
const FIRST = 16;
const LEAST = 4;
/** A step takes this share of the way to the new limit (gamma). */
const SHARE = 0.5;
/** What is left of the limit after an overload (multiplicative decrease). */
const BACK_OFF = 0.7;
/** A window is as long as it takes to see a turn of the work, and at least this long. */
const WINDOW_MS = 100;
const WINDOW_SAMPLES = 10;
/** The slowest of a window say how long one request may take, not how long they take. */
const COUNTED = 0.9;
/** The latency without a queue is believed for so long, then it is measured anew with half of the places. */
const BASE_EXPIRES_MS = 30_000;

/**
 * Lets more in while latency stays flat and fewer when it rises: FAST TCP's window update (Wei, Jin, Low, Hegde,
 * "FAST TCP: Motivation, Architecture, Algorithms, Performance", 2006),
 *
 *     limit := min(2 limit, (1 - gamma) limit + gamma (limit base / latency + alpha)),
 *
 * once per window of about one turn of the work. `base` is the lowest latency of a window that was seen, `latency` the
 * mean of the window's faster nine tenths; at rest alpha requests stand in line in the services, so that these never run
 * dry. alpha is the square root of the limit, as in Netflix's concurrency-limits. As BBR does, the base is measured anew
 * now and then with fewer in flight, because services become slower for reasons of their own. An overload (a timeout, a
 * refusal) takes three tenths off, once per window; work that had begun before it says nothing about latency.
 *
 * While fewer than half of the places are in use, nothing is learnt from latency being flat, and the limit stays.
 */
export class AdaptiveLimit implements ConcurrencyLimit {
  readonly #most: number;
  readonly #clock: Clock;
  #limit: number;
  #base = Infinity;
  #baseAt = 0;
  /** Windows left of a measurement of the base; the first of two still holds what was in flight before. */
  #probing = 0;
  #samples: number[] = [];
  #mostTaken = 0;
  #windowAt: number;
  #overloadedAt = -Infinity;

  /** @param most bound that is never exceeded */
  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
    this.#limit = Math.min(FIRST, most);
    this.#windowAt = clock.monotonic();
  }

  get limit(): number {
    const limit = this.#probing > 0 ? this.#limit / 2 : this.#limit;
    return Math.min(this.#most, Math.max(LEAST, Math.round(limit)));
  }

  settled(milliseconds: number, taken: number): void {
    const now = this.#clock.monotonic();
    this.#mostTaken = Math.max(this.#mostTaken, taken);
    if (now - milliseconds < this.#overloadedAt) return;
    this.#samples.push(milliseconds);
    const enough = Math.max(WINDOW_SAMPLES, this.limit / 2);
    if (this.#samples.length >= enough && now - this.#windowAt >= WINDOW_MS) this.#endWindow(now);
  }

  overloaded(): void {
    const now = this.#clock.monotonic();
    if (now - this.#overloadedAt < WINDOW_MS) return;
    this.#overloadedAt = now;
    this.#limit = Math.max(LEAST, this.#limit * BACK_OFF);
    this.#beginWindow(now);
  }

  #endWindow(now: number): void {
    const latency = meanOfFaster(this.#samples);
    const isBusy = this.#mostTaken * 2 >= this.limit;
    this.#beginWindow(now);
    if (this.#probing > 0) {
      this.#probing -= 1;
      if (this.#probing === 0) this.#setBase(latency, now);
      return;
    }
    if (latency <= this.#base) this.#setBase(latency, now);
    else if (now - this.#baseAt >= BASE_EXPIRES_MS) {
      this.#probing = 2;
      return;
    }
    const ratio = latency > 0 ? this.#base / latency : 1;
    if (!isBusy && ratio > 0.5) return;
    const aim = this.#limit * ratio + Math.sqrt(this.#limit);
    const next = Math.min(2 * this.#limit, (1 - SHARE) * this.#limit + SHARE * aim);
    this.#limit = Math.min(this.#most, Math.max(LEAST, next));
  }

  #setBase(latency: number, now: number): void {
    this.#base = latency;
    this.#baseAt = now;
  }

  #beginWindow(now: number): void {
    this.#samples = [];
    this.#mostTaken = 0;
    this.#windowAt = now;
  }
}

function meanOfFaster(samples: readonly number[]): number {
  const sorted = Float64Array.from(samples).sort();
  const count = Math.max(1, Math.floor(sorted.length * COUNTED));
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += sorted[index] ?? 0;
  return sum / count;
}
