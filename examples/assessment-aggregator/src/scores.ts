import { field, isObject } from '@millrace/reconciliation/parts';
import type { Answer } from './assessment.js';

/** Score of one attempt. */
export interface AttemptScore {
  readonly totalScore: number;
  readonly totalMaxScore: number;
  /** "score/max score". */
  readonly grandTotal: string;
  /** The questions that count, as JSON. */
  readonly questions: readonly string[];
}

/** A stored attempt, as far as the aggregates need it. */
export interface Attempt {
  readonly contentId: string;
  readonly attemptId: string;
  /** Milliseconds since 1970 UTC, like the next. */
  readonly createdOn: number;
  readonly lastAttemptedOn: number;
  readonly score: number;
  readonly maxScore: number;
}

/** What a learner's row of a course in user_activity_agg says of assessments. */
export interface ScoreAggregates {
  /** score:CONTENT, max_score:CONTENT and attempts_count:CONTENT. */
  readonly aggregates: ReadonlyMap<string, number>;
  readonly details: readonly string[];
}

/** Adds up an attempt. Of several answers to a question the last one counts. */
export function scoreOf(answers: readonly Answer[]): AttemptScore {
  const last = new Map<string, Answer>();
  for (const answer of answers) {
    const known = last.get(answer.questionId);
    if (known === undefined || answer.ets > known.ets) last.set(answer.questionId, answer);
  }
  const counted = [...last.values()];
  const totalScore = counted.reduce((sum, { score }) => sum + score, 0);
  const totalMaxScore = counted.reduce((sum, { maxScore }) => sum + maxScore, 0);
  return {
    totalScore,
    totalMaxScore,
    grandTotal: `${decimal(totalScore)}/${decimal(totalMaxScore)}`,
    questions: counted.map(questionOf),
  };
}

/**
 * The aggregates of all attempts of a learner in a batch of a course: of each content its best score (the first of equal
 * ones) with that attempt's max score, and how many attempts there are.
 *
 * @param type stands in every entry of `details`
 */
export function aggregatesOf(attempts: readonly Attempt[], type: string): ScoreAggregates {
  const best = new Map<string, { readonly attempt: Attempt; readonly count: number }>();
  for (const attempt of attempts) {
    const known = best.get(attempt.contentId);
    const better = known === undefined || attempt.score > known.attempt.score ? attempt : known.attempt;
    best.set(attempt.contentId, { attempt: better, count: (known?.count ?? 0) + 1 });
  }
  const aggregates = new Map<string, number>();
  for (const [contentId, { attempt, count }] of best) {
    aggregates.set(`score:${contentId}`, attempt.score);
    aggregates.set(`max_score:${contentId}`, attempt.maxScore);
    aggregates.set(`attempts_count:${contentId}`, count);
  }
  return { aggregates, details: attempts.map((attempt) => detailOf(attempt, type)) };
}

/**
 * The attempt that a certificate request names: the latest one, where all are of one content; else none, as in the
 * deployed job.
 */
export function latestAttempt(attempts: readonly Attempt[]): string {
  if (new Set(attempts.map(({ contentId }) => contentId)).size !== 1) return '';
  return attempts.reduce((a, b) => (b.lastAttemptedOn > a.lastAttemptedOn ? b : a)).attemptId;
}

function detailOf({ attemptId, lastAttemptedOn, score, contentId, maxScore }: Attempt, type: string): string {
  return JSON.stringify({
    attempt_id: attemptId,
    last_attempted_on: dateText(lastAttemptedOn),
    score,
    content_id: contentId,
    max_score: maxScore,
    type,
  });
}

/** The fields of the database's type `question`, in its order; what is of another type there is left out. */
function questionOf({ questionId, ets, score, maxScore, edata }: Answer): string {
  const found = field(edata, 'item');
  const item = isObject(found) ? found : {};
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const duration = field(edata, 'duration');
  return JSON.stringify({
    id: questionId,
    assess_ts: ets,
    max_score: maxScore,
    score,
    type: text(field(item, 'type')),
    title: text(field(item, 'title')),
    resvalues: textMaps(field(edata, 'resvalues')),
    params: textMaps(field(item, 'params')),
    description: text(field(item, 'desc')),
    duration: typeof duration === 'number' ? duration : undefined,
  });
}

/** A value that is no text stands as its JSON. A list without entries is left out: in the database it is null. */
function textMaps(list: unknown): readonly object[] | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return list
    .filter(isObject)
    .map((entry) => Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, text(value)])));
}

/** One or two decimals. */
function decimal(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return Number.isInteger(rounded) ? rounded.toFixed(1) : String(rounded);
}

/** As the deployed job's JSON writer puts a date, in UTC: "Sep 19, 2019, 11:15:29 AM". */
const date = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

function dateText(ms: number): string {
  // Newer locale data has a narrow no-break space before AM.
  return date.format(ms).replaceAll('\u202f', ' ');
}
