import { messageOf } from '@millrace/core';
import type { Clock } from '@millrace/core';
import { userEnrolments } from '../../dataset/table-schema.js';
import type { TableRow } from '../../dataset/table-schema.js';
import type { EnrolmentKey, EnrolmentUpdate, SyncRequest } from '../../domain/model.js';
import type { AggregateOptions } from '../../stages/aggregate.js';
import { differences } from '../../trial/differences.js';
import type { StoredProgress } from '../../trial/differences.js';
import { tryRequest } from '../../trial/trial.js';
import type { CollectionFinding } from '../../trial/caught-stores.js';
import { verdictOf } from '../../trial/verdict.js';
import type { Verdict } from '../../trial/verdict.js';
import type { CommandPlatform } from '../command-platform.js';
import { contentsOf } from './contents.js';
import type { Contents } from './contents.js';
import { failedEventsOf } from './failed-events.js';
import type { FailedOfEnrolment } from './failed-events.js';
import { snapshotOf } from './snapshot.js';

/** What cannot be read because of what is stored there, in words. */
export interface Problem {
  readonly problem: string;
}

/** Why an enrolment is as it is. */
export interface Explanation {
  readonly key: EnrolmentKey;
  /** Time of the request that was tried; milliseconds since 1970 UTC. */
  readonly time: number;
  /** Undefined: there is none. */
  readonly row: TableRow | Problem | undefined;
  readonly contents: Contents | Problem;
  readonly failed: FailedOfEnrolment;
  /** Asked only where the course's leaf nodes are missing. */
  readonly collection: CollectionFinding | undefined;
  readonly verdict: Verdict;
  /** Columns of user_enrolments that the request would change. */
  readonly changes: readonly string[];
}

export interface ExplainOptions {
  /** The job's, as configured. */
  readonly job: AggregateOptions;
  readonly jobName: string;
  readonly failedTopic: string;
  readonly clock: Clock;
  /** Milliseconds that may go into looking through the failed topic. */
  readonly failedBudgetMs: number;
  readonly signal: AbortSignal;
}

/**
 * Looks at everything that bears on one enrolment, and tries `request` on it. Reads only. Missing leaf nodes are looked
 * for once: the job's wait for them would be the user's.
 *
 * @throws errors of the infrastructure
 */
export async function explain(
  request: SyncRequest,
  platform: CommandPlatform,
  options: ExplainOptions,
): Promise<Explanation> {
  const { classify, rows, log } = platform;
  const { clock, job, jobName, failedTopic, failedBudgetMs, signal } = options;
  const { userId, courseId, batchId, time } = request;
  const key = { userId, courseId, batchId };
  const stores = snapshotOf(platform.stores);
  const orProblem = async <T>(work: Promise<T>): Promise<T | Problem> => {
    try {
      return await work;
    } catch (error) {
      if (classify(error) === 'infrastructure') throw error;
      return { problem: messageOf(error) };
    }
  };
  const [row, contents, failed, trial] = await Promise.all([
    orProblem(rows.get(userEnrolments, [userId, courseId, batchId])),
    orProblem(contentsOf(key, { stores, rows, classify, clock, units: job.moduleAggregates })),
    failedEventsOf(key, log, { topic: failedTopic, jobName, clock, budgetMs: failedBudgetMs }),
    tryRequest(request, { stores, options: { ...job, missingWaitMs: 0 }, classify, clock }, signal),
  ]);
  const changes = row === undefined || 'problem' in row || trial.update === undefined ? [] : changed(row, trial.update);
  return { key, time, row, contents, failed, collection: trial.collection, verdict: verdictOf(trial), changes };
}

function changed({ columns }: TableRow, update: EnrolmentUpdate): readonly string[] {
  const stored: StoredProgress = {
    status: columns.get('status') as number | null,
    progress: columns.get('progress') as number | null,
    contentStatus: columns.get('contentstatus') as ReadonlyMap<string, number> | null,
  };
  const completedon = update.completion?.completedon;
  const own = differences(stored, update);
  return completedon === undefined || completedon === columns.get('completedon') ? own : [...own, 'completedon'];
}
