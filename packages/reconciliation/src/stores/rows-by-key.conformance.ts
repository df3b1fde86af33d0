import type { TableAccess } from '../dataset/ports.js';
import type { CellValue, TableSchema } from '../dataset/table-schema.js';

/** All rows of a small table by their keys as JSON; for tests. */
export async function rowsByKey(
  tables: TableAccess,
  table: TableSchema,
): Promise<ReadonlyMap<string, ReadonlyMap<string, CellValue>>> {
  const found = new Map<string, ReadonlyMap<string, CellValue>>();
  for await (const rows of tables.scan(table)) {
    for (const row of rows) found.set(JSON.stringify(row.key), row.columns);
  }
  return found;
}
