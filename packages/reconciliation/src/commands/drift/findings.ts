import type { EnrolmentKey } from '../../domain/model.js';

/** What drift says of one enrolment. */
export interface Finding {
  /**
   * `agrees`: a request would leave what is stored as it is; `stale`: it would change it; `no-consumption`: there is
   * nothing to compute from; `fails`: the request would fail; `gone`: the row is there no more.
   */
  readonly kind: 'agrees' | 'stale' | 'no-consumption' | 'fails' | 'gone';
  /** Whether a request would set status 2 where it is not set. */
  readonly wouldComplete: boolean;
  /** Whether it is complete (status 2) and no certificate was issued. */
  readonly lacksCertificate: boolean;
  /** The line for `--out`, for a stale one. */
  readonly line: object | undefined;
  /** Code of the failure. */
  readonly code: string | undefined;
}

/** How many of each; the order of the names is the order of the output. */
export interface DriftCounts {
  /** Rows of user_enrolments that were read, whatever their course. */
  readonly scanned: number;
  /** Of the course or batch: the sum of the next four. */
  readonly enrolments: number;
  readonly agree: number;
  readonly stale: number;
  readonly noConsumption: number;
  readonly fail: number;
  /** Of the stale ones. */
  readonly wouldComplete: number;
  /** Of all of them. */
  readonly completeWithoutCertificate: number;
  /** Those that would fail, by code. */
  readonly failures: Readonly<Record<string, number>>;
}

export const noCounts: DriftCounts = {
  ...{ scanned: 0, enrolments: 0, agree: 0, stale: 0, noConsumption: 0, fail: 0 },
  ...{ wouldComplete: 0, completeWithoutCertificate: 0, failures: {} },
};

/** The counts with the rows and findings of a page added. */
export function counted(counts: DriftCounts, rows: number, findings: readonly Finding[]): DriftCounts {
  const sum = { ...counts, failures: { ...counts.failures }, scanned: counts.scanned + rows };
  for (const { kind, wouldComplete, lacksCertificate, code } of findings) {
    if (kind === 'gone') continue;
    sum.enrolments += 1;
    if (kind === 'agrees') sum.agree += 1;
    if (kind === 'stale') sum.stale += 1;
    if (kind === 'no-consumption') sum.noConsumption += 1;
    if (kind === 'fails') sum.fail += 1;
    if (code !== undefined) sum.failures[code] = (sum.failures[code] ?? 0) + 1;
    if (wouldComplete) sum.wouldComplete += 1;
    if (lacksCertificate) sum.completeWithoutCertificate += 1;
  }
  return sum;
}

/** Looks at one enrolment. Writes nothing. */
export type Judge = (key: EnrolmentKey) => Promise<Finding>;
