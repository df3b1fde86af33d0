import type { CassandraRow, CassandraSession } from '@millrace/cassandra';

const AT_ONCE = 32;

/** The aggregates as they were, to be put back under whatever was written since. */
export interface TableCopy {
  restore(): Promise<void>;
}

/** Copies user_activity_agg before it is dropped. */
export async function tableCopy(session: CassandraSession, table: string): Promise<TableCopy> {
  const rows = await session.all(
    `SELECT activity_type, activity_id, user_id, context_id, aggregates, agg_last_updated FROM ${table}`,
  );
  // Merged under the oldest of timestamps: each entry of a map loses to what the job has written meanwhile.
  const statement = `UPDATE ${table} USING TIMESTAMP 1 SET aggregates = aggregates + ?, agg_last_updated = agg_last_updated + ? WHERE activity_type = ? AND activity_id = ? AND user_id = ? AND context_id = ?`;
  const put = (row: CassandraRow): Promise<unknown> =>
    session.execute(statement, [
      row['aggregates'] ?? new Map(),
      row['agg_last_updated'] ?? new Map(),
      row['activity_type'],
      row['activity_id'],
      row['user_id'],
      row['context_id'],
    ]);
  return {
    async restore() {
      for (let from = 0; from < rows.length; from += AT_ONCE)
        await Promise.all(rows.slice(from, from + AT_ONCE).map(put));
    },
  };
}
