const FIRST_MS = 100;
const MAX_MS = 5_000;

/**
 * Milliseconds to wait after the `failures`-th failure in a row: doubled each time up to 5 s, of which a random half is
 * taken off so that many clients do not come back together.
 */
export function backOff(failures: number, random: () => number = Math.random): number {
  const full = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  return full * (0.5 + random() / 2);
}
