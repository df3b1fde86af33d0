import { renderTable } from '@millrace/runner';
import type { DriftCounts } from './findings.js';

/** The counts for people. */
export function renderDrift(counts: DriftCounts): string {
  const rows: (readonly [string, number])[] = [
    ['rows of the table read', counts.scanned],
    ['enrolments', counts.enrolments],
    ['  agree', counts.agree],
    ['  stale', counts.stale],
    ['    would complete', counts.wouldComplete],
    ['  no consumption', counts.noConsumption],
    ['  would fail', counts.fail],
    ...Object.entries(counts.failures).map(([code, count]) => [`    ${code}`, count] as const),
    ['complete without a certificate', counts.completeWithoutCertificate],
  ];
  return renderTable(rows, { right: [1] });
}
