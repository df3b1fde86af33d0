import type { EnrolmentKey } from '@millrace/reconciliation/parts';

/** A row of user_content_consumption, as far as this job writes it. */
export interface ContentProgress {
  readonly contentId: string;
  readonly status: number;
  readonly viewCount: number;
  readonly completedCount: number;
}

/** A row as it is stored. */
export interface StoredProgress extends ContentProgress {
  /** The largest WRITETIME of these columns, microseconds since 1970 UTC; 0n where none is set. */
  readonly lastWrite: bigint;
}

/** user_content_consumption, for writing. */
export interface ContentProgressStore {
  /** The rows of these contents that there are; what is null in them counts as 0, a status as 1. */
  read(key: EnrolmentKey, contentIds: readonly string[]): Promise<readonly StoredProgress[]>;
  /** Resolves when all are durable. Idempotent. @param at write timestamp, microseconds since 1970 UTC */
  write(key: EnrolmentKey, rows: readonly ContentProgress[], at: bigint): Promise<void>;
}

/** Something that happened to a content for the first time. */
export type ContentAction = 'start' | 'complete';

/** A row as it becomes, and what is to be told of it. */
export interface MergedProgress {
  readonly row: ContentProgress;
  readonly actions: readonly ContentAction[];
}

/** Adds completions to a row: counts are summed, a content that is completed stays so. */
export function mergeProgress(
  contentId: string,
  stored: ContentProgress | undefined,
  completions: number,
): MergedProgress {
  const before = stored ?? { status: 0, viewCount: 0, completedCount: 0 };
  return {
    row: {
      contentId,
      status: Math.max(before.status, 2),
      viewCount: before.viewCount + completions,
      completedCount: before.completedCount + completions,
    },
    actions: [
      ...(before.viewCount === 0 ? (['start'] as const) : []),
      ...(before.completedCount === 0 ? (['complete'] as const) : []),
    ],
  };
}
