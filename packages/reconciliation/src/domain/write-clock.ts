/** Write timestamps of one process, in microseconds since 1970 UTC: each is larger than the one before. */
export interface WriteClock {
  /**
   * A timestamp of now that is also larger than `after`. Where `after` is not in the past (another host's clock, a row
   * written under a far future timestamp), it is `after + 1`, and the timestamps that follow for other rows stay in the
   * present: one bad row must not spoil every row.
   *
   * @param after the largest WRITETIME of the row that is to be written, 0n where there is none
   */
  next(after: bigint): bigint;
}

/**
 * Makes the process's write clock. At a tie of two timestamps Cassandra lets the larger value win, so none is given
 * twice, also where many fall into one millisecond or the host's clock is set back.
 *
 * @param now wall clock in milliseconds
 */
export function createWriteClock(now: () => number): WriteClock {
  let last = 0n;
  return {
    next(after) {
      const present = BigInt(Math.trunc(now())) * 1000n;
      const candidate = present > last ? present : last + 1n;
      if (candidate <= after) return after + 1n;
      last = candidate;
      return candidate;
    },
  };
}

/** The last millisecond whose write timestamp fits, in the year 2255: it counts microseconds in 53 bits. */
export const LAST_WRITE_MS = Math.floor(Number.MAX_SAFE_INTEGER / 1_000);

/** The write timestamp of a time, for rows whose latest state wins. @param ms since 1970 UTC; the next that fits counts */
export function writeTimeOf(ms: number): bigint {
  return BigInt(Math.min(Math.max(ms, 1), LAST_WRITE_MS)) * 1_000n;
}
