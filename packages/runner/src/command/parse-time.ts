const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** What `parseTime` takes, after "must be". */
export const TIME_MEANS = 'a time (2026-01-31T08:00:00Z), milliseconds since 1970, or how long ago (90m, 2h, 7d)';

/**
 * A moment as people write it, in milliseconds since 1970 UTC; undefined for what is none. Without a zone it is UTC.
 *
 * @param now for times that are given as how long ago
 */
export function parseTime(text: string, now: number): number | undefined {
  const ago = /^(\d{1,9})([smhd])$/.exec(text);
  if (ago !== null) return now - Number(ago[1]) * (UNIT_MS[ago[2] ?? ''] ?? Number.NaN);
  // Fewer digits would be a year, or seconds, taken for a moment in 1970.
  if (/^\d{12,15}$/.test(text)) return Number(text);
  const iso = ISO.exec(text);
  if (iso === null) return undefined;
  const time = Date.parse(`${text.replace(' ', 'T')}${text.length > 10 && iso[1] === undefined ? 'Z' : ''}`);
  return Number.isNaN(time) ? undefined : time;
}
