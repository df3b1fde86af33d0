import type { EnrolmentKey, RelationStore } from '@millrace/reconciliation/parts';
import type { Assessment } from './assessment.js';
import type { Attempt, AttemptScore, ScoreAggregates } from './scores.js';

/** assessment_aggregator. */
export interface AttemptStore {
  /** All attempts of a learner in a batch of a course, by content and attempt. */
  read(key: EnrolmentKey): Promise<readonly Attempt[]>;
  /**
   * Writes an attempt under its own time, so that a later state of it wins in whatever order the two are written.
   * Resolves when it is acknowledged.
   *
   * @param at milliseconds since 1970 UTC
   */
  write(assessment: Assessment, score: AttemptScore, at: number): Promise<void>;
}

/** The scores in user_activity_agg. */
export interface ScoreStore {
  /**
   * Merges the scores into the learner's row of the course; `completedCount`, which another job writes, stays.
   *
   * @param at value of agg_last_updated, milliseconds since 1970 UTC
   */
  merge(key: EnrolmentKey, scores: ScoreAggregates, at: number): Promise<void>;
}

export interface Stores {
  readonly attempts: AttemptStore;
  readonly scores: ScoreStore;
  readonly relations: Pick<RelationStore, 'sets'>;
}
