import { COMPLETED, IN_PROGRESS, numberIn, userContentConsumption } from '@millrace/reconciliation/parts';
import type { JobTables, RowChange, StoredRow, TableSchema } from '@millrace/reconciliation/parts';
import type { ContentProgressStore, StoredProgress } from './content-progress.js';

const COLUMNS = ['status', 'viewcount', 'completedcount'] as const;

/** The table with what this job reads, writes and dumps of it. */
export const consumptionTable: TableSchema = { ...userContentConsumption, used: COLUMNS, dumped: COLUMNS };

/** user_content_consumption in the tables of a platform. */
export function contentProgressStore(tables: JobTables): ContentProgressStore {
  return {
    async read({ userId, courseId, batchId }) {
      const rows = await tables.rows(consumptionTable, [userId, courseId, batchId], COLUMNS);
      return rows.map(progressOf);
    },

    async write({ userId, courseId, batchId }, changes, writeClock) {
      const rows = changes.flatMap(({ contentId, counts, statusAfter }): RowChange[] => {
        const key = [userId, courseId, batchId, contentId];
        const set = { viewcount: counts?.viewCount ?? 0, completedcount: counts?.completedCount ?? 0 };
        return [
          ...(counts === undefined ? [] : [{ key, timestamp: counts.at, set }]),
          ...(statusAfter === undefined
            ? []
            : [{ key, timestamp: writeClock.next(statusAfter), set: { status: COMPLETED } }]),
        ];
      });
      await tables.write(consumptionTable, rows);
    },
  };
}

function progressOf(row: StoredRow): StoredProgress {
  const [views, completions] = [row.writeTimes.get('viewcount') ?? 0n, row.writeTimes.get('completedcount') ?? 0n];
  return {
    contentId: row.key[3] ?? '',
    status: numberIn(row, 'status', IN_PROGRESS),
    viewCount: numberIn(row, 'viewcount'),
    completedCount: numberIn(row, 'completedcount'),
    countedAt: views > completions ? views : completions,
    statusAt: row.writeTimes.get('status') ?? 0n,
  };
}
