import type { Clock } from '../clock.js';
import type { StateEntry } from './state-entry.js';
import type { StateTtlConfig } from './state-ttl.js';

const DEFAULT_CLEANUP_SIZE = 5;

/** A `StateTtlConfig` with the clock that it is measured by. */
export class TimeToLive {
  readonly updatesOnRead: boolean;
  readonly returnsExpired: boolean;
  readonly cleanupSize: number;
  readonly #ttlMs: number;
  readonly #clock: Clock;

  constructor(config: StateTtlConfig, clock: Clock) {
    this.#ttlMs = config.ttlMs;
    this.#clock = clock;
    this.updatesOnRead = config.updateType === 'OnReadAndWrite';
    this.returnsExpired = config.stateVisibility === 'ReturnExpiredIfNotCleanedUp';
    this.cleanupSize = config.cleanupSize ?? DEFAULT_CLEANUP_SIZE;
  }

  now(): number {
    return this.#clock.now();
  }

  /** From the millisecond `changedAt + ttlMs` on, as in Flink. */
  isExpired(changedAt: number, now = this.#clock.now()): boolean {
    return this.expiryOf(changedAt) <= now;
  }

  /** The first millisecond at which it has expired. */
  expiryOf(changedAt: number): number {
    return changedAt + this.#ttlMs;
  }

  /** Whether the entry's value may go on to be used: it lives, or may be seen until it is cleaned up. */
  isUsable(entry: StateEntry): boolean {
    return this.returnsExpired || !this.isExpired(entry.changedAt);
  }
}
