import type { CellValue, TableSchema } from '../dataset/table-schema.js';

/** A row as it is stored. */
export interface StoredRow {
  /** The primary key in the order of the schema. */
  readonly key: readonly string[];
  /** The schema's `used` columns; null where there is no value. */
  readonly columns: ReadonlyMap<string, CellValue>;
  /** WRITETIME of the columns that were asked for, microseconds since 1970 UTC; 0n where there is no value. */
  readonly writeTimes: ReadonlyMap<string, bigint>;
}

/** One write to one row; other columns and other entries of its maps stay. */
export interface RowChange {
  readonly key: readonly string[];
  /** Write timestamp, from 1 to 2^53 - 1 microseconds since 1970 UTC: of two writes of a value the larger one wins. */
  readonly timestamp: bigint;
  /** Columns that get a value; null deletes it. */
  readonly set?: Readonly<Record<string, CellValue>>;
  /** Entries that are put into maps. */
  readonly merge?: Readonly<Record<string, ReadonlyMap<string, number>>>;
}

/** A job's tables by their schemas, the same in an embedded store and on Cassandra. */
export interface JobTables {
  /**
   * The rows whose key begins with `prefix`, in the order of their keys.
   *
   * @param prefix the partition key at least
   * @param timed columns whose WRITETIME is read; no maps and lists, of which Cassandra tells none before version 5
   */
  rows(table: TableSchema, prefix: readonly string[], timed?: readonly string[]): Promise<readonly StoredRow[]>;
  /** Writes rows of one partition. Idempotent. Resolves when all are durable. */
  write(table: TableSchema, changes: readonly RowChange[]): Promise<void>;
}

/** The number in a column; 0, or `ifNone`, where there is none. Times are milliseconds since 1970 UTC. */
export function numberIn({ columns }: StoredRow, column: string, ifNone = 0): number {
  return (columns.get(column) as number | null | undefined) ?? ifNone;
}
