import { ValueInvalidError } from '../errors.js';
import { problemOf } from './cell-value.js';
import type { AtomicKind, AtomicValue } from './cell-value.js';
import { compareAsCql } from './cql-order.js';
import { entryKindOf, isMapKind } from './schema.js';
import type { Columns, ColumnValue, MapColumnName, StoredColumn } from './schema.js';
import { mapOf } from './stored-row.js';
import type { Cell, ColumnCell, StoredRow } from './stored-row.js';

/** One write to one row, after CQL. */
export interface Mutation<C extends Columns> {
  /** Values of the key columns, in their order. */
  readonly key: readonly string[];
  /** Write timestamp (`USING TIMESTAMP`) in microseconds since 1970 UTC, from 1 to 2^53 - 1. */
  readonly timestamp: bigint;
  /**
   * `insert` also marks the row as existing, so that a read finds it when all its values are null; `update` does not,
   * as in CQL.
   *
   * @default 'update'
   */
  readonly kind?: 'insert' | 'update';
  /** Columns that get a value; null deletes the value. A map replaces the stored map as a whole (null: with nothing). */
  readonly set?: { readonly [N in keyof C]?: ColumnValue<C[N]> | null };
  /** Map columns whose given entries are written (null deletes the entry); other entries stay. */
  readonly merge?: { readonly [N in MapColumnName<C>]?: MergeEntries<ColumnValue<C[N]>> };
}

type MergeEntries<M> = M extends ReadonlyMap<string, infer V> ? ReadonlyMap<string, V | null> : never;

/** A mutation that was checked, in terms of stored columns. */
export interface CheckedMutation {
  readonly timestamp: number;
  readonly marker: boolean;
  readonly cells: readonly { readonly column: StoredColumn; readonly value: AtomicValue | null }[];
  readonly maps: readonly {
    readonly column: StoredColumn;
    readonly replace: boolean;
    readonly entries: ReadonlyMap<string, AtomicValue | null>;
  }[];
}

/** @throws ValueInvalidError */
export function checkMutation(
  table: string,
  columns: ReadonlyMap<string, StoredColumn>,
  mutation: Mutation<Columns>,
): CheckedMutation {
  const timestamp = Number(mutation.timestamp);
  if (timestamp < 1 || !Number.isSafeInteger(timestamp)) {
    throw new ValueInvalidError(
      `table ${table}`,
      `write timestamp ${String(mutation.timestamp)} is not within 1 to 2^53 - 1 microseconds`,
    );
  }
  const cells: CheckedMutation['cells'][number][] = [];
  const maps: CheckedMutation['maps'][number][] = [];
  const find = (name: string): StoredColumn => {
    const column = columns.get(name);
    if (column === undefined)
      throw new ValueInvalidError(`table ${table}`, `there is no column ${JSON.stringify(name)}`);
    return column;
  };
  for (const [name, value] of Object.entries(mutation.set ?? {})) {
    if (value === undefined) continue;
    const column = find(name);
    if (isMapKind(column.kind)) {
      maps.push({
        column,
        replace: true,
        entries: checkEntries(table, column, value ?? new Map<string, AtomicValue>(), false),
      });
    } else {
      if (value !== null) check(table, name, column.kind, value);
      cells.push({ column, value: value as AtomicValue | null });
    }
  }
  for (const [name, value] of Object.entries(mutation.merge ?? {})) {
    if (value === undefined) continue;
    const column = find(name);
    if (maps.some((map) => map.column === column))
      throw new ValueInvalidError(`table ${table}`, `column ${name} is both set and merged`);
    maps.push({ column, replace: false, entries: checkEntries(table, column, value, true) });
  }
  return { timestamp, marker: mutation.kind === 'insert', cells, maps };
}

/**
 * Applies a mutation as Cassandra reconciles it: per cell the larger write timestamp wins; at a tie a tombstone wins
 * over a value, else the larger value; replacing a map deletes what was written to it up to the timestamp - 1.
 */
export function applyMutation(row: StoredRow, mutation: CheckedMutation): void {
  const { timestamp } = mutation;
  if (mutation.marker) row.marker = Math.max(row.marker ?? 0, timestamp);
  for (const { column, value } of mutation.cells) writeCell(row, column, { column: column.id, timestamp, value });
  for (const { column, replace, entries } of mutation.maps) writeMap(row, column, timestamp, replace, entries);
}

function writeCell(row: StoredRow, column: StoredColumn, written: ColumnCell): void {
  const index = row.cells.findIndex((cell) => cell.column === column.id);
  const stored = row.cells[index];
  if (stored === undefined) row.cells.push(written);
  else if (wins(column.kind as AtomicKind, written, stored)) row.cells[index] = written;
}

function writeMap(
  row: StoredRow,
  column: StoredColumn,
  timestamp: number,
  replace: boolean,
  written: ReadonlyMap<string, AtomicValue | null>,
): void {
  const kind = isMapKind(column.kind) ? entryKindOf(column.kind) : 'text';
  let map = mapOf(row, column.id);
  if (map === undefined) {
    map = { column: column.id, deletedAt: 0, entries: new Map() };
    row.maps.push(map);
  }
  const { entries } = map;
  if (replace && timestamp - 1 > map.deletedAt) {
    map.deletedAt = timestamp - 1;
    for (const [name, cell] of entries) if (cell.timestamp <= map.deletedAt) entries.delete(name);
  }
  if (timestamp <= map.deletedAt) return;
  for (const [name, value] of written) {
    const cell: Cell = { timestamp, value };
    const stored = entries.get(name);
    if (stored === undefined || wins(kind, cell, stored)) entries.set(name, cell);
  }
}

/** Whether `written` replaces `stored`. */
function wins(kind: AtomicKind, written: Cell, stored: Cell): boolean {
  if (written.timestamp !== stored.timestamp) return written.timestamp > stored.timestamp;
  if (stored.value === null) return false;
  return written.value === null || compareAsCql(kind, written.value, stored.value) > 0;
}

function checkEntries(
  table: string,
  column: StoredColumn,
  value: unknown,
  allowNull: boolean,
): ReadonlyMap<string, AtomicValue | null> {
  if (!(value instanceof Map)) throw new ValueInvalidError(`table ${table}, column ${column.name}`, 'no map');
  const kind = isMapKind(column.kind) ? entryKindOf(column.kind) : undefined;
  if (kind === undefined)
    throw new ValueInvalidError(`table ${table}, column ${column.name}`, `${column.kind} cannot be merged`);
  // A copy: the caller may go on with its map before the write happens.
  const entries = new Map(value as ReadonlyMap<string, AtomicValue | null>);
  for (const [name, entry] of entries) {
    check(table, `${column.name}, key of an entry`, 'text', name);
    if (entry !== null || !allowNull) check(table, `${column.name}[${JSON.stringify(name)}]`, kind, entry);
  }
  return entries;
}

function check(table: string, where: string, kind: AtomicKind, value: unknown): void {
  const problem = problemOf(kind, value);
  if (problem !== undefined)
    throw new ValueInvalidError(`table ${table}, column ${where}`, `${problem} (the column is ${kind})`);
}
