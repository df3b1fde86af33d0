import type { TimeToLive } from './time-to-live.js';

/** What a hand goes over. */
export interface Expiring<T> {
  all(): Iterator<T>;
  /** Time of the last change; undefined for what cannot expire. */
  changedAt(item: T): number | undefined;
  expire(item: T): void;
}

/**
 * Removes expired values in passing: each access to a state moves it on by some values. After a round it rests until the
 * oldest of those that it met may expire, so that a state whose values live long costs a look at the clock.
 */
export class ExpiryHand<T> {
  readonly #ttl: TimeToLive;
  readonly #expiring: Expiring<T>;
  #round: Iterator<T> | undefined;
  /** Of the round, its beginning included: what is set behind the hand is newer. */
  #oldest = Infinity;
  #restsUntil = -Infinity;

  constructor(ttl: TimeToLive, expiring: Expiring<T>) {
    this.#ttl = ttl;
    this.#expiring = expiring;
  }

  move(): void {
    const now = this.#ttl.now();
    if (now < this.#restsUntil) return;
    for (let looks = this.#ttl.cleanupSize; looks > 0; looks -= 1) {
      if (this.#round === undefined) {
        this.#round = this.#expiring.all();
        this.#oldest = now;
      }
      const next = this.#round.next();
      if (next.done === true) {
        this.#round = undefined;
        this.#restsUntil = this.#ttl.expiryOf(this.#oldest);
        return;
      }
      const changedAt = this.#expiring.changedAt(next.value);
      if (changedAt === undefined) continue;
      if (this.#ttl.isExpired(changedAt, now)) this.#expiring.expire(next.value);
      else if (changedAt < this.#oldest) this.#oldest = changedAt;
    }
  }
}
