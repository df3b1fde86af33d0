import type { BoundStatement, CassandraRow, CassandraSession } from '@millrace/cassandra';
import { cqlName } from '@millrace/cassandra';
import type { TableSchema } from '../../dataset/table-schema.js';
import { writeTime } from '../column-values.js';
import type { JobTables, RowChange, StoredRow } from '../job-tables.js';
import { batchesOf } from './batches.js';
import { fromCassandra, toCassandra } from './cells.js';

/** Changes of one partition in a request. */
const CHANGES_PER_BATCH = 100;

/** A job's tables on Cassandra; the changes of one call are UNLOGGED batches of one partition. */
export class CassandraJobTables implements JobTables {
  readonly #session: () => Pick<CassandraSession, 'all' | 'batch'>;
  readonly #tableOf: (table: TableSchema) => string;

  /**
   * @param session looked up when it is used
   * @param tableOf quoted name with the keyspace
   */
  constructor(session: () => Pick<CassandraSession, 'all' | 'batch'>, tableOf: (table: TableSchema) => string) {
    this.#session = session;
    this.#tableOf = tableOf;
  }

  async rows(
    table: TableSchema,
    prefix: readonly string[],
    timed: readonly string[] = [],
  ): Promise<readonly StoredRow[]> {
    const columns = [...table.key, ...table.used].map(cqlName);
    const times = timed.map((column, index) => `WRITETIME(${cqlName(column)}) AS w${String(index)}`);
    const where = table.key.slice(0, prefix.length).map((column) => `${cqlName(column)} = ?`);
    const statement =
      `SELECT ${[...columns, ...times].join(', ')} FROM ${this.#tableOf(table)} ` + `WHERE ${where.join(' AND ')}`;
    const rows = await this.#session().all(statement, prefix);
    return rows.map((row) => storedRow(table, row, timed));
  }

  async write(table: TableSchema, changes: readonly RowChange[]): Promise<void> {
    const statements = changes.map((change) => this.#update(table, change));
    for (const batch of batchesOf(statements, CHANGES_PER_BATCH)) await this.#session().batch(batch);
  }

  #update(table: TableSchema, { key, timestamp, set = {}, merge = {} }: RowChange): BoundStatement {
    const assignments = [
      ...Object.keys(set).map((column) => `${cqlName(column)} = ?`),
      ...Object.keys(merge).map((column) => `${cqlName(column)} = ${cqlName(column)} + ?`),
    ];
    const values = [...Object.entries(set), ...Object.entries(merge)].map(([column, value]) =>
      toCassandra(table.columns.get(column), value),
    );
    const where = table.key.map((column) => `${cqlName(column)} = ?`);
    return {
      statement:
        `UPDATE ${this.#tableOf(table)} USING TIMESTAMP ? SET ${assignments.join(', ')} ` +
        `WHERE ${where.join(' AND ')}`,
      params: [timestamp, ...values, ...key],
    };
  }
}

function storedRow(table: TableSchema, row: CassandraRow, timed: readonly string[]): StoredRow {
  const cell = (column: string) =>
    [column, fromCassandra(`${table.name}.${column}`, table.columns.get(column), row[column])] as const;
  const time = (column: string, index: number) =>
    [column, writeTime(`${table.name} w${String(index)}`, row[`w${String(index)}`])] as const;
  return {
    key: table.key.map((column) => String(row[column])),
    columns: new Map(table.used.map(cell)),
    writeTimes: new Map(timed.map(time)),
  };
}
