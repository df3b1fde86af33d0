import type { EmbeddedStore } from '@millrace/embedded';
import { embeddedTables, IN_PROGRESS } from '@millrace/reconciliation/parts';
import type { EnrolmentKey } from '@millrace/reconciliation/parts';
import type { ContentProgress, ContentProgressStore, StoredProgress } from './content-progress.js';

const COLUMNS = ['status', 'viewcount', 'completedcount'] as const;

/** user_content_consumption in an embedded store. @param store looked up when it is used */
export function embeddedProgressStore(store: () => EmbeddedStore): ContentProgressStore {
  return {
    async read({ userId, courseId, batchId }: EnrolmentKey, contentIds: readonly string[]) {
      const { consumption } = embeddedTables(store());
      return contentIds.flatMap((contentId): StoredProgress[] => {
        const row = consumption.get([userId, courseId, batchId, contentId]);
        if (row === undefined) return [];
        return [
          {
            contentId,
            status: row.get('status') ?? IN_PROGRESS,
            viewCount: row.get('viewcount') ?? 0,
            completedCount: row.get('completedcount') ?? 0,
            lastWrite: COLUMNS.map((column) => row.writetime(column) ?? 0n).reduce((a, b) => (a > b ? a : b)),
          },
        ];
      });
    },

    async write({ userId, courseId, batchId }: EnrolmentKey, rows: readonly ContentProgress[], at: bigint) {
      await embeddedTables(store()).consumption.write(
        rows.map(({ contentId, status, viewCount, completedCount }) => ({
          key: [userId, courseId, batchId, contentId],
          timestamp: at,
          set: { status, viewcount: viewCount, completedcount: completedCount },
        })),
      );
    },
  };
}
