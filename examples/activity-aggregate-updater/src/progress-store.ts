import { COMPLETED, IN_PROGRESS, userContentConsumption } from '@millrace/reconciliation/parts';
import type { JobTables, RowChange, StoredRow, TableSchema, WriteClock } from '@millrace/reconciliation/parts';
import type { ContentProgressStore, StoredProgress } from './content-progress.js';

const COLUMNS = ['status', 'viewcount', 'completedcount'] as const;

/** The table with what this job reads, writes and dumps of it. */
export const consumptionTable: TableSchema = { ...userContentConsumption, used: COLUMNS, dumped: COLUMNS };

/** user_content_consumption in the tables of a platform. @param writeClock for the status */
export function contentProgressStore(tables: JobTables, writeClock: WriteClock): ContentProgressStore {
  return {
    async read({ userId, courseId, batchId }) {
      const rows = await tables.rows(consumptionTable, [userId, courseId, batchId], COLUMNS);
      return rows.map(progressOf);
    },

    async write({ userId, courseId, batchId }, changes) {
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

function progressOf({ key, columns, writeTimes }: StoredRow): StoredProgress {
  const number = (column: string): number | null => columns.get(column) as number | null;
  const times = [writeTimes.get('viewcount') ?? 0n, writeTimes.get('completedcount') ?? 0n] as const;
  return {
    contentId: key[3] ?? '',
    status: number('status') ?? IN_PROGRESS,
    viewCount: number('viewcount') ?? 0,
    completedCount: number('completedcount') ?? 0,
    countedAt: times[0] > times[1] ? times[0] : times[1],
    statusAt: writeTimes.get('status') ?? 0n,
  };
}
