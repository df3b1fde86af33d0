import type { JobCounts } from '../job-definition.js';

/** The line that a terminal shows while a job runs. */
export function progressLine(counts: JobCounts, elapsedMs: number, note: string): string {
  const { processed, skipped, failed, coalesced } = counts;
  const read = processed + skipped + failed + coalesced;
  const rate = elapsedMs < 1 ? 0 : Math.round((read * 1_000) / elapsedMs);
  const numbers = [`${show(read)} settled`, `${show(rate)}/s`, `${show(processed)} processed`];
  if (skipped > 0) numbers.push(`${show(skipped)} skipped`);
  if (coalesced > 0) numbers.push(`${show(coalesced)} coalesced`);
  if (failed > 0) numbers.push(`${show(failed)} failed`);
  return `${numbers.join('  ')}${note === '' ? '' : `  (${note})`}`;
}

/** The line for `load`, `dump` and `sample`. */
export function stepLine(done: number, total: number | undefined, what: string): string {
  return total === undefined || total === 0
    ? `${what}  ${show(done)}`
    : `${what}  ${show(done)} of ${show(total)}  ${String(Math.min(100, Math.floor((done * 100) / total)))} %`;
}

function show(count: number): string {
  return count.toLocaleString('en-US');
}
