import type { FailureCode, FailureStage } from '../domain/codes.js';
import { COMPLETED, completedCount, required } from '../domain/formulas.js';
import type { EnrolmentRow } from '../domain/model.js';
import type { TrialResult } from './trial.js';

/** What a request would do now. Stable: tools select by them. */
export type Outcome =
  /** Nothing at all. */
  | 'skipped'
  /** Aggregates and progress are written, and status 2. */
  | 'completes'
  /** Aggregates and progress are written, and status 1. */
  | 'under-way'
  /** Nothing is written: there is nothing to compute from. */
  | 'nothing-consumed'
  /** The certificate request of an earlier completion is sent once more; nothing is written. */
  | 'recovers'
  /** The outputs of a completion that this very request brought are sent once more; nothing is written. */
  | 'repeats'
  /** A failed event is written. */
  | 'fails';

/** The rule that decides it. Stable. */
export type Rule =
  | 'no-enrolment'
  | 'completed-before'
  | 'certificate-recovery'
  | 'replay'
  | 'no-consumption'
  | 'required-contents'
  | 'all-optional'
  | 'failure';

export interface Verdict {
  readonly outcome: Outcome;
  readonly rule: Rule;
  /** In words, one line. */
  readonly text: string;
  /** Whether a certificate request, and an audit event, would be sent. */
  readonly certificate: boolean;
  readonly audit: boolean;
  /** The completion that these would name; milliseconds since 1970 UTC. */
  readonly completedon: number | null;
  /** Required contents of the course, and how many of them are completed; null where it did not come to that. */
  readonly required: number | null;
  readonly completed: number | null;
  readonly failure: { readonly code: FailureCode; readonly stage: FailureStage; readonly error: string } | null;
}

/** Puts what a trial showed into words. Decides nothing: that was done by the job's stages. */
export function verdictOf(trial: TrialResult): Verdict {
  const { outcome, rule, text } = judgement(trial);
  const { announcement, failure, update, course } = trial;
  return {
    ...{ outcome, rule, text },
    certificate: announcement !== undefined,
    audit: announcement !== undefined && announcement.reason !== 'recovery',
    completedon: announcement?.completedon ?? null,
    required: update === undefined || course === undefined ? null : required(course).size,
    completed: update?.progress ?? null,
    failure: failure === undefined ? null : { code: failure.code, stage: failure.stage, error: failure.error },
  };
}

type Judgement = Pick<Verdict, 'outcome' | 'rule' | 'text'>;

function judgement(trial: TrialResult): Judgement {
  const { failure, announcement, decision, update } = trial;
  if (failure !== undefined) return { outcome: 'fails', rule: 'failure', text: `would fail: ${failureText(trial)}` };
  if (announcement?.reason === 'recovery') {
    const since = `complete since ${time(announcement.completedon)}`;
    const text = `would ask for the certificate again: ${since}, none issued (activity.certificate.recovery)`;
    return { outcome: 'recovers', rule: 'certificate-recovery', text };
  }
  if (announcement?.reason === 'replay') {
    const text = `would send the certificate request and the audit event of ${time(announcement.completedon)} once more: a request of that very time completed it`;
    return { outcome: 'repeats', rule: 'replay', text };
  }
  if (decision?.kind === 'skip') {
    return decision.reason === 'no enrolment'
      ? { outcome: 'skipped', rule: 'no-enrolment', text: 'skipped: not enrolled, there is no row in user_enrolments' }
      : { outcome: 'skipped', rule: 'completed-before', text: `skipped: ${completedText(trial.row ?? undefined)}` };
  }
  if (update === undefined) {
    const text = 'would change nothing: no content consumption is stored for this enrolment';
    return { outcome: 'nothing-consumed', rule: 'no-consumption', text };
  }
  return computed(trial, update);
}

function computed(trial: TrialResult, update: NonNullable<TrialResult['update']>): Judgement {
  const { row, course } = trial;
  const needed = course === undefined ? 0 : required(course).size;
  const was = row?.status === COMPLETED;
  const done = `${String(update.progress)} of ${String(needed)}`;
  if (course !== undefined && needed === 0) {
    const any = completedCount(course.leafNodes, update.contentStatus);
    const optional = `all ${String(course.leafNodes.size)} contents are optional, ${String(any)} completed`;
    return update.completion === undefined
      ? { outcome: 'under-way', rule: 'all-optional', text: `would not complete: ${optional}${was ? BACK : ''}` }
      : { outcome: 'completes', rule: 'all-optional', text: `would complete: ${optional}` };
  }
  if (update.completion === undefined) {
    const text = `would not complete: ${done} required contents completed${was ? BACK : ''}`;
    return { outcome: 'under-way', rule: 'required-contents', text };
  }
  const text = was
    ? `would complete it once more: ${done}, complete since ${sinceText(row)}`
    : `would complete: ${done}`;
  return { outcome: 'completes', rule: 'required-contents', text };
}

const BACK = '; status goes back from 2 to 1';

function completedText(row: EnrolmentRow | undefined): string {
  const certificate = (row?.certificateCount ?? 0) > 0 ? 'certificate issued' : 'no certificate issued';
  return `complete since ${sinceText(row)}, ${certificate}`;
}

function sinceText(row: EnrolmentRow | null | undefined): string {
  const { completedon = null } = row ?? {};
  return completedon === null ? 'a time that is not stored' : time(completedon);
}

function failureText({ failure, collection }: TrialResult): string {
  const code = failure?.code ?? '';
  if (collection === undefined) return `${code}, ${failure?.error ?? ''}`;
  if (!collection.known) return `${code}, the search service could not be asked`;
  return `${code}, collection ${collection.status ?? 'unknown to the search service'}`;
}

/** ISO 8601 in UTC; a number that is no time stays a number. */
export function time(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? String(milliseconds) : date.toISOString();
}
