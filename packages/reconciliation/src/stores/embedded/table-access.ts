import type { ColumnKind, EmbeddedStore, Mutation, Table } from '@millrace/embedded';
import type { TableAccess } from '../../dataset/ports.js';
import type { CellValue, TableRow, TableSchema } from '../../dataset/table-schema.js';
import { WriteTimestamps } from '../write-timestamps.js';
import { embeddedSchema } from './tables.js';

type AnyColumns = Record<string, ColumnKind>;

const ROWS_PER_PAGE = 500;

/** The job's tables in an embedded store, row by row. */
export class EmbeddedTableAccess implements TableAccess {
  readonly #store: EmbeddedStore;
  readonly #timestamps: WriteTimestamps;

  /** @param now milliseconds since 1970 UTC */
  constructor(store: EmbeddedStore, now: () => number) {
    this.#store = store;
    this.#timestamps = new WriteTimestamps(now);
  }

  async upsert(table: TableSchema, rows: readonly TableRow[], writtenAt?: bigint): Promise<void> {
    const mutations = rows.map((row): Mutation<AnyColumns> => ({
      key: row.key,
      timestamp: writtenAt ?? this.#timestamps.next(),
      kind: 'insert',
      set: Object.fromEntries(row.columns),
    }));
    await this.#open(table).write(mutations);
  }

  async *scan(table: TableSchema): AsyncGenerator<readonly TableRow[]> {
    let rows: TableRow[] = [];
    for (const row of this.#open(table).scan()) {
      const columns = new Map<string, CellValue>();
      for (const column of table.dumped) columns.set(column, row.get(column) as CellValue);
      rows.push({ key: row.key, columns });
      if (rows.length === ROWS_PER_PAGE) {
        yield await Promise.resolve(rows);
        rows = [];
      }
    }
    if (rows.length > 0) yield rows;
  }

  #open(table: TableSchema): Table<AnyColumns> {
    return this.#store.table(table.name, embeddedSchema(table));
  }
}
