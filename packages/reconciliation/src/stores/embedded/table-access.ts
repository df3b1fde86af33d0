import type { ColumnKind, EmbeddedStore, Mutation, Row, Table } from '@millrace/embedded';
import type { RowLookup, TableAccess } from '../../dataset/ports.js';
import type { CellValue, TableRow, TableSchema } from '../../dataset/table-schema.js';
import { WriteTimestamps } from '../write-timestamps.js';
import { embeddedSchema } from './tables.js';

type AnyColumns = Record<string, ColumnKind>;

const ROWS_PER_PAGE = 500;

/** The job's tables in an embedded store, row by row. */
export class EmbeddedTableAccess implements TableAccess, RowLookup {
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

  get(table: TableSchema, key: readonly string[]): Promise<TableRow | undefined> {
    const row = this.#open(table).get(key);
    return Promise.resolve(row === undefined ? undefined : tableRow(table, row));
  }

  async *scan(table: TableSchema): AsyncGenerator<readonly TableRow[]> {
    let rows: TableRow[] = [];
    for (const row of this.#open(table).scan()) {
      rows.push(tableRow(table, row));
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

function tableRow(table: TableSchema, row: Row<AnyColumns>): TableRow {
  const columns = new Map<string, CellValue>();
  for (const column of table.dumped) columns.set(column, row.get(column) as CellValue);
  return { key: row.key, columns };
}
