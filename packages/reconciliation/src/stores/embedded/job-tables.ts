import type { ColumnKind, EmbeddedStore, Row, Table } from '@millrace/embedded';
import type { CellValue, TableSchema } from '../../dataset/table-schema.js';
import type { JobTables, RowChange, StoredRow } from '../job-tables.js';
import { embeddedSchema } from './tables.js';

type AnyColumns = Record<string, ColumnKind>;

/** A job's tables in an embedded store; the changes of one call are written in one transaction. */
export class EmbeddedJobTables implements JobTables {
  readonly #store: () => EmbeddedStore;

  /** @param store looked up when it is used */
  constructor(store: () => EmbeddedStore) {
    this.#store = store;
  }

  async rows(
    table: TableSchema,
    prefix: readonly string[],
    timed: readonly string[] = [],
  ): Promise<readonly StoredRow[]> {
    const rows = this.#open(table);
    const whole = prefix.length === table.key.length;
    const found = whole ? [rows.get(prefix)].filter((row) => row !== undefined) : [...rows.scan({ prefix })];
    return found.map((row) => storedRow(table, row, timed));
  }

  async write(table: TableSchema, changes: readonly RowChange[]): Promise<void> {
    await this.#open(table).write(changes);
  }

  #open(table: TableSchema): Table<AnyColumns> {
    return this.#store().table(table.name, embeddedSchema(table));
  }
}

function storedRow(table: TableSchema, row: Row<AnyColumns>, timed: readonly string[]): StoredRow {
  return {
    key: row.key,
    columns: new Map(table.used.map((column) => [column, row.get(column) as CellValue])),
    writeTimes: new Map(timed.map((column) => [column, row.writetime(column) ?? 0n])),
  };
}
