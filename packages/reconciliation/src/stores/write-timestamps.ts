/**
 * Write timestamps for loading: microseconds, taken from the wall clock, each larger than the one before. A later line
 * of a key wins by it, in whatever order the rows are sent.
 */
export class WriteTimestamps {
  readonly #now: () => number;
  #last = 0n;

  /** @param now milliseconds since 1970 UTC */
  constructor(now: () => number) {
    this.#now = now;
  }

  next(): bigint {
    const now = BigInt(this.#now()) * 1_000n;
    this.#last = now > this.#last ? now : this.#last + 1n;
    return this.#last;
  }
}
