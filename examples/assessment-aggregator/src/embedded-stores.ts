import type { EmbeddedStore, Table } from '@millrace/embedded';
import { aggregateKey, createWriteClock, EmbeddedRelationStore, embeddedTables } from '@millrace/reconciliation/parts';
import type { Stores } from './ports.js';

const attemptColumns = {
  created_on: 'timestamp',
  grand_total: 'text',
  last_attempted_on: 'timestamp',
  question: 'list<text>',
  total_max_score: 'double',
  total_score: 'double',
  updated_on: 'timestamp',
} as const;

/** assessment_aggregator with its production key; `question`, a list of a type of its own there, is a list of JSON. */
export function attemptTable(store: EmbeddedStore): Table<typeof attemptColumns> {
  return store.table('assessment_aggregator', {
    key: ['user_id', 'course_id', 'batch_id', 'content_id', 'attempt_id'],
    columns: attemptColumns,
  });
}

/** The stores of the job in an open embedded store: two tables and the relation cache of the reconciliation job. */
export function embeddedStores(store: EmbeddedStore, now: () => number): Stores {
  const table = attemptTable(store);
  const { aggregates } = embeddedTables(store);
  const writeClock = createWriteClock(now);
  return {
    attempts: {
      read: ({ userId, courseId, batchId }) =>
        Promise.resolve(
          [...table.scan({ prefix: [userId, courseId, batchId] })].map((row) => ({
            contentId: row.key[3] as string,
            attemptId: row.key[4] as string,
            lastAttemptedOn: row.get('last_attempted_on') ?? 0,
            score: row.get('total_score') ?? 0,
            maxScore: row.get('total_max_score') ?? 0,
          })),
        ),
      async write({ userId, courseId, batchId, contentId, attemptId, assessmentTs }, score, at) {
        const key = [userId, courseId, batchId, contentId, attemptId];
        await table.write({
          key,
          timestamp: BigInt(assessmentTs) * 1_000n,
          kind: 'insert',
          set: {
            created_on: table.get(key)?.get('created_on') ?? at,
            updated_on: at,
            last_attempted_on: assessmentTs,
            total_score: score.totalScore,
            total_max_score: score.totalMaxScore,
            grand_total: score.grandTotal,
            question: score.questions,
          },
        });
      },
    },
    scores: {
      async merge({ userId, courseId, batchId }, scores, at) {
        const key = aggregateKey({ activityId: courseId, userId, batchId });
        await aggregates.write({
          key,
          // Computed of all attempts, so what is computed later wins, even where the attempt behind it is older.
          timestamp: writeClock.next(aggregates.get(key)?.lastWrite ?? 0n),
          merge: {
            aggregates: scores.aggregates,
            agg_last_updated: new Map([...scores.aggregates.keys()].map((name) => [name, at])),
          },
          set: { agg_details: scores.details },
        });
      },
    },
    relations: new EmbeddedRelationStore(store.sets),
  };
}
