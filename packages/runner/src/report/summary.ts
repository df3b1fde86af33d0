import Table from 'cli-table3';
import type { JobResult } from '@millrace/core';
import type { JobCounts } from '../job-definition.js';

/**
 * What a bounded run did; the order of the names is the order of the output. With `missed` where records were gone before
 * they were read.
 */
export interface Summary extends JobCounts {
  readonly read: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly restarts: number;
}

const OWN = new Set(['read', 'seconds', 'perSecond', 'restarts', 'missed']);

/** How a run went, besides what its job counts. */
export type RunCounts = Pick<JobResult, 'restarts' | 'missed'>;

/** @param elapsedMs from the start of reading to the end */
export function summarize(counts: JobCounts, elapsedMs: number, { restarts, missed }: RunCounts): Summary {
  const { processed, skipped, failed, coalesced, ...rest } = counts;
  const read = processed + skipped + failed + coalesced;
  const seconds = Math.round(elapsedMs) / 1_000;
  const further = Object.fromEntries(Object.entries(rest).filter(([name]) => !OWN.has(name)));
  return {
    ...{ read, processed, skipped, failed, coalesced },
    ...further,
    ...{ seconds, perSecond: seconds === 0 ? 0 : Math.round((read / seconds) * 10) / 10, restarts },
    ...(missed > 0 ? { missed } : {}),
  };
}

/** Adds up what several processes counted; the run took as long as this process saw it take. */
export function mergeCounts(all: readonly JobCounts[]): JobCounts {
  const sum: Record<string, number> = { processed: 0, skipped: 0, failed: 0, coalesced: 0 };
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum as unknown as JobCounts;
}

export const SUMMARY_FORMATS = ['table', 'json'] as const;
export type SummaryFormat = (typeof SUMMARY_FORMATS)[number];

/** Names and numbers as one JSON line or a table, with a line feed. */
export function renderCounts(counts: Readonly<Record<string, number>>, format: SummaryFormat): string {
  if (format === 'json') return `${JSON.stringify(counts)}\n`;
  const noRules = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const table = new Table({ chars: noRules, style: { head: [], border: [] }, colAligns: ['left', 'right'] });
  for (const [name, count] of Object.entries(counts)) table.push([name, count.toLocaleString('en-US')]);
  return `${table.toString()}\n`;
}
