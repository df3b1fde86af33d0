import type { Columns, ColumnValue, MapColumnName, StoredColumn } from './schema.js';
import { isMapKind } from './schema.js';
import { cellOf, lastWriteOf, mapOf } from './stored-row.js';
import type { StoredRow } from './stored-row.js';

/** A row as read. */
export class Row<C extends Columns> {
  /** Values of the key columns, in their order. */
  readonly key: readonly string[];
  readonly #stored: StoredRow;
  readonly #columns: ReadonlyMap<string, StoredColumn>;

  /** @internal */
  constructor(key: readonly string[], stored: StoredRow, columns: ReadonlyMap<string, StoredColumn>) {
    this.key = key;
    this.#stored = stored;
    this.#columns = columns;
  }

  /** Value of a column; null where there is none. A map without entries is null, as in Cassandra. */
  get<N extends keyof C & string>(name: N): ColumnValue<C[N]> | null {
    const column = this.#column(name);
    if (!isMapKind(column.kind)) return (cellOf(this.#stored, column.id)?.value ?? null) as ColumnValue<C[N]> | null;
    const values = new Map<string, unknown>();
    for (const [entry, cell] of mapOf(this.#stored, column.id)?.entries ?? []) {
      if (cell.value !== null) values.set(entry, cell.value);
    }
    return values.size === 0 ? null : (values as unknown as ColumnValue<C[N]>);
  }

  /**
   * Write timestamp of a column's value in microseconds since 1970 UTC (CQL's WRITETIME), for a map the largest of its
   * entries'; undefined where the column has no value.
   */
  writetime(name: keyof C & string): bigint | undefined {
    const column = this.#column(name);
    if (!isMapKind(column.kind)) {
      const cell = cellOf(this.#stored, column.id);
      return cell === undefined || cell.value === null ? undefined : BigInt(cell.timestamp);
    }
    let last: number | undefined;
    for (const cell of mapOf(this.#stored, column.id)?.entries.values() ?? []) {
      if (cell.value !== null) last = Math.max(last ?? 0, cell.timestamp);
    }
    return last === undefined ? undefined : BigInt(last);
  }

  /** Write timestamps of a map's entries, in microseconds since 1970 UTC. */
  entryWritetimes(name: MapColumnName<C>): ReadonlyMap<string, bigint> {
    const times = new Map<string, bigint>();
    for (const [entry, cell] of mapOf(this.#stored, this.#column(name).id)?.entries ?? []) {
      if (cell.value !== null) times.set(entry, BigInt(cell.timestamp));
    }
    return times;
  }

  /**
   * The largest write timestamp in the row in microseconds since 1970 UTC, deletions included: a write above it is
   * never without effect.
   */
  get lastWrite(): bigint {
    return BigInt(lastWriteOf(this.#stored));
  }

  #column(name: string): StoredColumn {
    const column = this.#columns.get(name);
    if (column === undefined) throw new RangeError(`there is no column ${JSON.stringify(name)}`);
    return column;
  }
}
