import { notRunPrefix } from './describe-with-services.js';
import type { SessionEntries } from './session.js';

const linesOfReason = 20;

/** A test that a run did not execute. */
export interface NotRun {
  /** Path from the root of the checkout. */
  readonly file: string;
  /** Titles of the enclosing `describe` blocks. */
  readonly suite: string;
  readonly title: string;
}

/** A test that failed, or a file that could not be run at all. */
export interface Failure {
  /** Path from the root of the checkout. */
  readonly file: string;
  /** Titles of the enclosing `describe` blocks and of the test; empty for a whole file. */
  readonly title: string;
  /** What jest says of it, without colours. */
  readonly message: string;
}

/** What one jest run did, and what not. */
export interface RunReport {
  readonly passed: number;
  /** Failed tests, and files that could not be loaded. */
  readonly failed: number;
  readonly skipped: number;
  readonly services: SessionEntries;
  readonly notRun: readonly NotRun[];
  readonly failures: readonly Failure[];
}

/** Sums of the counts of several runs, and their lists put together. */
export function mergeReports(reports: readonly RunReport[]): RunReport {
  const sum = (name: 'passed' | 'failed' | 'skipped'): number =>
    reports.reduce((total, report) => total + report[name], 0);
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    services: Object.assign({}, ...reports.map((report) => report.services)) as SessionEntries,
    notRun: reports.flatMap((report) => report.notRun),
    failures: reports.flatMap((report) => report.failures),
  };
}

/** The one suite that may be missing where services are required: a machine need not have a container runtime. */
export function mayBeMissing({ file }: NotRun): boolean {
  return file.endsWith('/containers.integration.test.ts');
}

/** For people: each failure with the first lines of its reason; nothing where there is none. */
export function formatFailures(failures: readonly Failure[]): string {
  return failures
    .map(({ file, title, message }) => {
      const reason = message.split('\n').filter((line) => line.trim() !== '');
      const left = reason.length > linesOfReason ? [`... ${reason.length - linesOfReason} more lines above`] : [];
      const shown = [...reason.slice(0, linesOfReason), ...left].map((line) => `    ${line.trimEnd()}`);
      return [`FAILED ${file}: ${title === '' ? 'the whole file' : title}`, ...shown].join('\n');
    })
    .join('\n');
}

/** For people: where the services came from, then what was not run, by reason, or that everything was. */
export function formatReport({ services, notRun }: RunReport): string {
  const lines = Object.entries(services).map(([name, entry]) =>
    'address' in entry
      ? `service ${name}: ${entry.address.description} at ${entry.address.addresses.join(',')}`
      : `service ${name}: none (${entry.unavailable})`,
  );
  if (notRun.length === 0) return [...lines, 'Everything was run.'].join('\n');
  const byReason = new Map<string, string[]>();
  for (const entry of notRun) {
    const reason = reasonOf(entry);
    byReason.set(reason, [...(byReason.get(reason) ?? []), `    ${entry.file}: ${titleOf(entry)}`]);
  }
  lines.push(`Not run: ${notRun.length} ${notRun.length === 1 ? 'entry' : 'entries'}`);
  for (const [reason, entries] of byReason) lines.push(`- because of ${reason}:`, ...entries);
  return lines.join('\n');
}

function reasonOf({ title }: NotRun): string {
  return title.startsWith(notRunPrefix) ? title.slice(notRunPrefix.length) : 'a switch in the test itself';
}

function titleOf({ suite, title }: NotRun): string {
  if (title.startsWith(notRunPrefix)) return suite || 'the whole file';
  return suite ? `${suite} > ${title}` : title;
}
