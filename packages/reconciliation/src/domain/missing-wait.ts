const DELAYS_MS = [250, 500, 1_250, 3_000] as const;

/**
 * Milliseconds to wait before each further read of a set that is missing: 0.25, 0.5, 1.25 and 3 s, then every 3 s,
 * until `totalMs` is used up (the last wait is what is left of it). The writer deletes a set and adds it again, so it is
 * mostly back at once.
 */
export function missingWaitDelays(totalMs: number): readonly number[] {
  const delays: number[] = [];
  for (let left = totalMs; left > 0;) {
    const delay = Math.min(left, DELAYS_MS[Math.min(delays.length, DELAYS_MS.length - 1)] ?? left);
    delays.push(delay);
    left -= delay;
  }
  return delays;
}
