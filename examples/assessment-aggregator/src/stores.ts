import { aggregateKey, createWriteClock, numberIn, userActivityAgg, writeTimeOf } from '@millrace/reconciliation/parts';
import type {
  ColumnType,
  EnrolmentKey,
  JobPlatform,
  RelationStore,
  TableSchema,
  UserTypeList,
} from '@millrace/reconciliation/parts';
import type { Assessment } from './assessment.js';
import type { Attempt, AttemptScore, ScoreAggregates } from './scores.js';

/** The fields of the database's type `question`. */
const question: UserTypeList = {
  fields: new Map([
    ['id', 'text'],
    ['assess_ts', 'timestamp'],
    ['max_score', 'double'],
    ['score', 'double'],
    ['type', 'text'],
    ['title', 'text'],
    ['resvalues', 'list<map<text,text>>'],
    ['params', 'list<map<text,text>>'],
    ['description', 'text'],
    ['duration', 'decimal'],
  ]),
};
const COLUMNS = {
  created_on: 'timestamp',
  updated_on: 'timestamp',
  last_attempted_on: 'timestamp',
  total_score: 'double',
  total_max_score: 'double',
  grand_total: 'text',
  question,
} as const;

/** The attempts with their scores, as in production. */
export const attemptTable: TableSchema = {
  name: 'assessment_aggregator',
  variable: 'lms-cassandra.table',
  file: 'attempts.jsonl',
  key: ['user_id', 'course_id', 'batch_id', 'content_id', 'attempt_id'],
  partitionColumns: 2,
  columns: new Map<string, ColumnType>(Object.entries(COLUMNS)),
  used: Object.keys(COLUMNS),
  dumped: Object.keys(COLUMNS),
};

/** What the job reads and writes. */
export interface Stores {
  readonly relations: Pick<RelationStore, 'sets'>;
  /** All attempts of a learner in a batch of a course, by content and attempt. */
  attempts(key: EnrolmentKey): Promise<readonly Attempt[]>;
  /**
   * Writes an attempt under its own time, so that a later state of it wins in whatever order the two are written.
   *
   * @param createdOn of a row that is there already, milliseconds since 1970 UTC
   */
  writeAttempt(assessment: Assessment, score: AttemptScore, createdOn: number | undefined): Promise<void>;
  /** Merges the scores into the learner's row of the course; `completedCount`, which another job writes, stays. */
  mergeScores(key: EnrolmentKey, scores: ScoreAggregates): Promise<void>;
}

/** The stores in the tables of a platform. @param now milliseconds since 1970 UTC */
export function assessmentStores(
  { tables, relations }: Pick<JobPlatform<string>, 'tables' | 'relations'>,
  now: () => number,
): Stores {
  const writeClock = createWriteClock(now);
  return {
    relations,

    async attempts({ userId, courseId, batchId }) {
      const rows = await tables.rows(attemptTable, [userId, courseId, batchId]);
      return rows.map((row) => ({
        contentId: row.key[3] ?? '',
        attemptId: row.key[4] ?? '',
        createdOn: numberIn(row, 'created_on'),
        lastAttemptedOn: numberIn(row, 'last_attempted_on'),
        score: numberIn(row, 'total_score'),
        maxScore: numberIn(row, 'total_max_score'),
      }));
    },

    async writeAttempt({ userId, courseId, batchId, contentId, attemptId, time }, score, createdOn) {
      const set = {
        created_on: createdOn ?? now(),
        updated_on: now(),
        last_attempted_on: time,
        total_score: score.totalScore,
        total_max_score: score.totalMaxScore,
        grand_total: score.grandTotal,
        question: score.questions,
      };
      const key = [userId, courseId, batchId, contentId, attemptId];
      await tables.write(attemptTable, [{ key, timestamp: writeTimeOf(time), set }]);
    },

    async mergeScores({ userId, courseId, batchId }, { aggregates, details }) {
      const at = now();
      const updated = new Map([...aggregates.keys()].map((name) => [name, at]));
      await tables.write(userActivityAgg, [
        {
          key: aggregateKey({ activityId: courseId, userId, batchId }),
          // Computed of all attempts: what is computed later wins, even where the attempt behind it is older.
          timestamp: writeClock.next(0n),
          merge: { aggregates, agg_last_updated: updated },
          set: { agg_details: details },
        },
      ]);
    },
  };
}
