import { leavesOf } from './course.js';
import { COMPLETED_BEFORE, isStored } from './learner.js';
import type { Learner } from './learner.js';

/** An enrolment row, without the time of writing. */
export interface EnrolmentRow {
  readonly status: number | null;
  readonly completedon: number | null;
  readonly progress: number | null;
  readonly contentstatus: Readonly<Record<string, number>>;
  readonly active: boolean | null;
}

/** `aggregates` of every activity of an enrolment, by activity id. */
export type AggregateRows = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A score that another job wrote into the same row: it must survive. */
const FOREIGN = 'score:assessment';

function hasForeign({ index }: Learner): boolean {
  return index % 4 === 0;
}

/** Rows as they are before the first request. */
export function enrolmentBefore(learner: Learner): EnrolmentRow | undefined {
  if (!isStored(learner)) return undefined;
  if (learner.kind !== 'completed before') {
    return { status: learner.index % 2, completedon: null, progress: 0, contentstatus: {}, active: true };
  }
  // Progress that is plainly wrong: whoever recomputes in spite of the filter puts it right, and is found out.
  return { status: 2, completedon: COMPLETED_BEFORE, progress: 99, contentstatus: {}, active: true };
}

export function aggregatesBefore(learner: Learner): AggregateRows {
  return isStored(learner) && hasForeign(learner) ? { [learner.courseid]: { [FOREIGN]: 2.5 } } : {};
}

/** Whether a request of this learner is recomputed, where it does not fail. */
export function isRecomputed({ kind }: Learner): boolean {
  return kind === 'completes' || kind === 'asks thrice' || kind === 'progresses';
}

function completedOf(learner: Learner, leaves: readonly string[]): number {
  return leaves.filter((leaf) => learner.consumed.get(leaf) === 2 && !learner.course.optional.includes(leaf)).length;
}

export function isComplete(learner: Learner): boolean {
  const leaves = leavesOf(learner.course);
  return completedOf(learner, leaves) === leaves.filter((leaf) => !learner.course.optional.includes(leaf)).length;
}

/** The enrolment after a recompute in the name of a request of this time. */
export function enrolmentAfter(learner: Learner, requestTime: number): EnrolmentRow {
  const isDone = isComplete(learner);
  return {
    status: isDone ? 2 : 1,
    completedon: isDone ? requestTime : null,
    progress: completedOf(learner, leavesOf(learner.course)),
    contentstatus: Object.fromEntries([...learner.consumed].map(([content, status]) => [content, status ?? 1])),
    active: true,
  };
}

export function aggregatesAfter(learner: Learner): AggregateRows {
  const before = aggregatesBefore(learner);
  const rows: Record<string, Record<string, number>> = {};
  const put = (activity: string, leaves: readonly string[]): void => {
    rows[activity] = { ...before[activity], completedCount: completedOf(learner, leaves) };
  };
  put(learner.courseid, leavesOf(learner.course));
  for (const unit of learner.course.units) {
    if (unit.leaves.some((leaf) => learner.consumed.has(leaf))) put(unit.id, unit.leaves);
  }
  return rows;
}
