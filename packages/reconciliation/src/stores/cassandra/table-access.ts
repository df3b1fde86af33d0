import type { BoundStatement, CassandraRow, CassandraSession } from '@millrace/cassandra';
import { cqlName } from '@millrace/cassandra';
import type { RowLookup, TableAccess } from '../../dataset/ports.js';
import type { CellValue, TableRow, TableSchema } from '../../dataset/table-schema.js';
import { WriteTimestamps } from '../write-timestamps.js';
import { batchesOf } from './batches.js';
import { fromCassandra, toCassandra } from './cells.js';

/** Rows of one partition in a request; more gain little, and Cassandra warns of batches from 5 KiB on. */
const ROWS_PER_BATCH = 20;
const BATCH_BYTES = 4_096;
/** Requests under way at once; the loads of many users are spread over all replicas. */
const CONCURRENCY = 128;
const ROWS_PER_PAGE = 1_000;

/** The job's tables on Cassandra, row by row. */
export class CassandraTableAccess implements TableAccess, RowLookup {
  readonly #session: Pick<CassandraSession, 'execute' | 'batch' | 'rows'>;
  readonly #tableOf: (table: TableSchema) => string;
  readonly #timestamps: WriteTimestamps;

  /**
   * @param tableOf quoted name with the keyspace
   * @param now milliseconds since 1970 UTC
   */
  constructor(
    session: Pick<CassandraSession, 'execute' | 'batch' | 'rows'>,
    tableOf: (table: TableSchema) => string,
    now: () => number,
  ) {
    this.#session = session;
    this.#tableOf = tableOf;
    this.#timestamps = new WriteTimestamps(now);
  }

  async upsert(table: TableSchema, rows: readonly TableRow[], writtenAt?: bigint): Promise<void> {
    const requests = this.#requests(table, rows, writtenAt);
    const work = requests[Symbol.iterator]();
    const send = async (): Promise<void> => {
      for (let next = work.next(); next.done !== true; next = work.next()) {
        const [first] = next.value;
        if (next.value.length > 1) await this.#session.batch(next.value);
        else await this.#session.execute(first.statement, first.params);
      }
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, requests.length) }, send));
  }

  async get(table: TableSchema, key: readonly string[]): Promise<TableRow | undefined> {
    const where = table.key.map((column) => `${cqlName(column)} = ?`).join(' AND ');
    const { rows } = await this.#session.execute(`${this.#select(table)} WHERE ${where}`, key);
    return rows[0] === undefined ? undefined : tableRow(table, rows[0]);
  }

  async *scan(table: TableSchema): AsyncGenerator<readonly TableRow[]> {
    const statement = this.#select(table);
    let rows: TableRow[] = [];
    for await (const row of this.#session.rows(statement, [], { fetchSize: ROWS_PER_PAGE })) {
      rows.push(tableRow(table, row));
      if (rows.length === ROWS_PER_PAGE) {
        yield rows;
        rows = [];
      }
    }
    if (rows.length > 0) yield rows;
  }

  #select(table: TableSchema): string {
    const names = [...table.key, ...table.dumped].map(cqlName).join(', ');
    return `SELECT ${names} FROM ${this.#tableOf(table)}`;
  }

  /** Neighbours of one partition go together. */
  #requests(
    table: TableSchema,
    rows: readonly TableRow[],
    writtenAt: bigint | undefined,
  ): readonly (readonly [BoundStatement, ...BoundStatement[]])[] {
    const requests: (readonly [BoundStatement, ...BoundStatement[]])[] = [];
    let run: BoundStatement[] = [];
    let partition = '';
    const endRun = (): void => {
      requests.push(...batchesOf(run, ROWS_PER_BATCH, BATCH_BYTES));
      run = [];
    };
    for (const row of rows) {
      const own = JSON.stringify(row.key.slice(0, table.partitionColumns));
      if (own !== partition) endRun();
      partition = own;
      run.push(this.#insert(table, row, writtenAt ?? this.#timestamps.next()));
    }
    endRun();
    return requests;
  }

  /** INSERT, not UPDATE: a row with nothing but its key is a row too. */
  #insert(table: TableSchema, row: TableRow, writtenAt: bigint): BoundStatement {
    const names = [...table.key, ...row.columns.keys()];
    const values = [...row.columns].map(([column, value]) => toCassandra(table.columns.get(column), value));
    return {
      statement:
        `INSERT INTO ${this.#tableOf(table)} (${names.map(cqlName).join(', ')}) ` +
        `VALUES (${names.map(() => '?').join(', ')}) USING TIMESTAMP ?`,
      params: [...row.key, ...values, writtenAt],
    };
  }
}

function tableRow(table: TableSchema, row: CassandraRow): TableRow {
  const columns = new Map<string, CellValue>();
  for (const column of table.dumped)
    columns.set(column, fromCassandra(`${table.name}.${column}`, table.columns.get(column), row[column]));
  return { key: table.key.map((column) => String(row[column])), columns };
}
