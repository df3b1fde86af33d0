import { COMPLETED, writeTimeOf } from '@millrace/reconciliation/parts';
import type { EnrolmentKey, WriteClock } from '@millrace/reconciliation/parts';

/** A row of user_content_consumption, as far as this job reads it. */
export interface StoredProgress {
  readonly contentId: string;
  readonly status: number;
  readonly viewCount: number;
  readonly completedCount: number;
  /** WRITETIME of the counts, microseconds since 1970 UTC: the time of the last completion that they hold. */
  readonly countedAt: bigint;
  /** WRITETIME of the status. */
  readonly statusAt: bigint;
}

/** What is to be written of a row. */
export interface ProgressChange {
  readonly contentId: string;
  /** Written under the time of the completion that they count. Absent where it is counted already. */
  readonly counts?: { readonly viewCount: number; readonly completedCount: number; readonly at: bigint };
  /** Status 2 is written, under a later time than this. Absent where it is there. */
  readonly statusAfter?: bigint;
}

/** user_content_consumption, for writing. */
export interface ContentProgressStore {
  /** All rows of the enrolment; what is null in them counts as 0, a status as 1. */
  read(key: EnrolmentKey): Promise<readonly StoredProgress[]>;
  /** Resolves when all are durable. Idempotent. @param writeClock for the status */
  write(key: EnrolmentKey, changes: readonly ProgressChange[], writeClock: WriteClock): Promise<void>;
}

/** Something that happened to a content for the first time. */
export type ContentAction = 'start' | 'complete';

/** What a completion makes of a row. */
export interface Merged {
  readonly change: ProgressChange | undefined;
  /** What is to be told of it. */
  readonly actions: readonly ContentAction[];
}

const NEW = { status: 0, viewCount: 0, completedCount: 0, countedAt: -1n, statusAt: 0n };

/**
 * Counts a completion once, however often it is read: the row says by the WRITETIME of its counts which one it counted
 * last. What is counted already is told of again, should the telling have been lost. One that is older than the last
 * does not count.
 *
 * @param time when the content was completed, milliseconds since 1970 UTC
 */
export function mergeCompletion(contentId: string, stored: StoredProgress | undefined, time: number): Merged {
  const row = stored ?? NEW;
  const at = writeTimeOf(time);
  const isNew = at > row.countedAt;
  // As it was before this completion.
  const counted = at === row.countedAt ? 1 : 0;
  const before = { views: row.viewCount - counted, completions: row.completedCount - counted };
  const change: ProgressChange = {
    contentId,
    ...(isNew ? { counts: { viewCount: row.viewCount + 1, completedCount: row.completedCount + 1, at } } : {}),
    ...(row.status < COMPLETED ? { statusAfter: row.statusAt } : {}),
  };
  return {
    change: isNew || row.status < COMPLETED ? change : undefined,
    actions: [
      ...(before.views === 0 ? (['start'] as const) : []),
      ...(before.completions === 0 ? (['complete'] as const) : []),
    ],
  };
}
