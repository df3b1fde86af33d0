import { randomUUID } from 'node:crypto';
import type { Clock } from '@millrace/core';
import { userEnrolments } from '../../dataset/table-schema.js';
import type { TableRow } from '../../dataset/table-schema.js';
import { COMPLETED } from '../../domain/formulas.js';
import type { EnrolmentKey } from '../../domain/model.js';
import { parseRecord } from '../../domain/parse.js';
import type { AggregateOptions } from '../../stages/aggregate.js';
import type { Stores } from '../../stores/ports.js';
import { differences } from '../../trial/differences.js';
import type { StoredProgress } from '../../trial/differences.js';
import { tryRequest } from '../../trial/trial.js';
import type { TrialResult } from '../../trial/trial.js';
import { verdictOf } from '../../trial/verdict.js';
import type { Verdict } from '../../trial/verdict.js';
import type { CommandPlatform } from '../command-platform.js';
import { storedCount } from '../explain/contents.js';
import type { Pace } from '../pace.js';
import { syncRecord } from '../request/sync-event.js';
import type { Finding, Judge } from './findings.js';

export interface LookOptions {
  readonly platform: Pick<CommandPlatform, 'stores' | 'rows' | 'classify'>;
  /** The job's, as configured. Missing leaf nodes are believed at once, whatever its wait. */
  readonly job: AggregateOptions;
  readonly inputTopic: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Books a unit for every row that is read. */
  readonly pace: Pace;
}

/** Looks at an enrolment as `explain` does: a request of now goes through the job's own stages, nothing is written. */
export function look(options: LookOptions): Judge {
  const { clock, job, inputTopic, signal, platform, pace } = options;
  const stores = paced(platform.stores, pace);
  const trialOptions = { stores, options: { ...job, missingWaitMs: 0 }, classify: platform.classify, clock };
  return async (key) => {
    const parsed = parseRecord(syncRecord(inputTopic, key, clock.now(), randomUUID()));
    if (parsed.kind === 'skipped') throw new Error('a request of the command is none for the job');
    if (parsed.kind === 'failure') return { ...plain, kind: 'fails', code: parsed.code };
    const trial = await tryRequest(parsed.request, trialOptions, signal);
    const verdict = verdictOf(trial);
    const lacksCertificate = trial.row?.status === COMPLETED && trial.row.certificateCount === 0;
    switch (verdict.outcome) {
      case 'fails':
        return { ...plain, kind: 'fails', lacksCertificate, code: verdict.failure?.code };
      case 'skipped':
        if (verdict.rule === 'no-enrolment') return { ...plain, kind: 'gone' };
        return { ...plain, kind: 'agrees', lacksCertificate };
      case 'recovers':
      case 'repeats':
        return { ...plain, kind: 'agrees', lacksCertificate };
      case 'nothing-consumed':
        return { ...plain, kind: 'no-consumption', lacksCertificate };
      case 'completes':
      case 'under-way':
        return { ...(await compare(key, trial, verdict, options)), lacksCertificate };
    }
  };
}

const plain = { wouldComplete: false, lacksCertificate: false, line: undefined, code: undefined };

async function compare(
  key: EnrolmentKey,
  { update, aggregates = [] }: TrialResult,
  verdict: Verdict,
  { platform: { rows }, pace }: LookOptions,
): Promise<Finding> {
  if (update === undefined) return { ...plain, kind: 'agrees' };
  await pace.take(1 + aggregates.length);
  const [row, counts] = await Promise.all([
    rows.get(userEnrolments, [key.userId, key.courseId, key.batchId]),
    Promise.all(aggregates.map((activity) => storedCount(activity, rows))),
  ]);
  if (row === undefined) return { ...plain, kind: 'gone' };
  const stored = storedProgress(row);
  const activities = aggregates.flatMap(({ activityId, completedCount }, index) => {
    const count = counts[index] ?? null;
    return count === completedCount ? [] : [{ activityId, stored: count, computed: completedCount }];
  });
  const changes = [...differences(stored, update), ...(activities.length === 0 ? [] : ['aggregates'])];
  if (changes.length === 0) return { ...plain, kind: 'agrees' };
  const wouldComplete = verdict.outcome === 'completes' && stored.status !== COMPLETED;
  const line = {
    ...{ userId: key.userId, courseId: key.courseId, batchId: key.batchId },
    ...{ outcome: verdict.outcome, text: verdict.text, changes },
    stored: { status: stored.status, progress: stored.progress },
    computed: { progress: update.progress, required: verdict.required },
    ...(activities.length === 0 ? {} : { activities }),
  };
  return { ...plain, kind: 'stale', wouldComplete, line };
}

function storedProgress({ columns }: TableRow): StoredProgress {
  const number = (name: string): number | null => {
    const value = columns.get(name);
    return typeof value === 'number' ? value : null;
  };
  const contentStatus = columns.get('contentstatus');
  return {
    status: number('status'),
    progress: number('progress'),
    contentStatus: contentStatus instanceof Map ? (contentStatus as ReadonlyMap<string, number>) : null,
  };
}

/** The stores, whose rows are booked as they are read. */
function paced(stores: Stores, pace: Pace): Stores {
  return {
    ...stores,
    enrolments: {
      read: async (key) => {
        await pace.take(1);
        return stores.enrolments.read(key);
      },
      write: (update) => stores.enrolments.write(update),
    },
    consumption: {
      read: async (key) => {
        const rows = await stores.consumption.read(key);
        // How many there are shows only now: the next one waits for them.
        await pace.take(Math.max(1, rows.length));
        return rows;
      },
    },
  };
}
