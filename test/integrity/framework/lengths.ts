/** How long rows are, as the command was asked: `bounded` without `--minutes`. */
export interface Budget {
  readonly minutes: number | undefined;
}

export interface RowLength {
  /** Seconds at full length. */
  readonly full: number;
  /** Seconds in the bounded form. */
  readonly bounded: number;
}

/** Read from the environment that `run.mjs` sets. */
export function budgetFromEnvironment(env: NodeJS.ProcessEnv = process.env): Budget {
  const minutes = Number(env['MILLRACE_INTEGRITY_MINUTES'] ?? '');
  return { minutes: Number.isFinite(minutes) && minutes > 0 ? minutes : undefined };
}

/** What a start, the loading and the draining of a row take on top of its length, in seconds. */
const OVERHEAD = 20;

/** The length that a row gets: its share of the time that there is, never less than bounded, never more than full. */
export function lengthOf(row: RowLength, all: readonly RowLength[], { minutes }: Budget): number {
  if (minutes === undefined) return row.bounded;
  const sum = all.reduce((total, { full }) => total + full, 0);
  const share = Math.min(1, Math.max(0, minutes * 60 - all.length * OVERHEAD) / sum);
  return Math.max(row.bounded, Math.round(row.full * share));
}

/** What is promised: seconds from a service's first answer to the first record that is settled after it. */
const RECOVERY_SECONDS = 10;
/** In the bounded form, which runs on machines that others load as well: a sign that it does not come back by itself. */
const BOUNDED_RECOVERY_SECONDS = 60;

/** Seconds that the recovery of a row may take; the promise is judged where the row has its full length. */
export function recoveryLimitOf(full: number, seconds: number, { minutes }: Budget): number {
  return minutes !== undefined && seconds >= full ? RECOVERY_SECONDS : BOUNDED_RECOVERY_SECONDS;
}
