import { ByteReader } from '../encoding/byte-reader.js';
import type { ByteWriter } from '../encoding/byte-writer.js';
import { readValue, writeValue } from './cell-value.js';
import type { AtomicKind } from './cell-value.js';
import { entryKindOf, isMapKind } from './schema.js';
import type { StoredColumn } from './schema.js';
import { emptyRow } from './stored-row.js';
import type { Cell, MapCell, StoredRow } from './stored-row.js';

const VERSION = 1;
const MARKER = 1;

/** Bits beside a column's number or the length of an entry's name. */
const TOMBSTONE = 1;
const OWN_TIMESTAMP = 2;

/**
 * A stored row: version and flags, the row's base timestamp, then cells by column number and maps by column number.
 * What has the base timestamp does not repeat it, which most of a row does. The bytes given back are the writer's own:
 * store them before it is used again.
 */
export function encodeRow(row: StoredRow, columns: ReadonlyMap<number, StoredColumn>, writer: ByteWriter): Buffer {
  const base = baseOf(row);
  writer.reset();
  writer.byte((VERSION << 4) | (row.marker === undefined ? 0 : MARKER));
  writer.varint(base);
  writer.varint(row.cells.length);
  for (const cell of row.cells) {
    writeHead(writer, cell.column, cell, base);
    if (cell.value !== null) writeValue(writer, columns.get(cell.column)!.kind as AtomicKind, cell.value);
  }
  writer.varint(row.maps.length);
  for (const map of row.maps) writeMap(writer, columns.get(map.column)!, map, base);
  return writer.view();
}

/**
 * @param length number of bytes of the row; what is behind them is left alone
 * @throws an error for bytes that are no row of these columns
 */
export function decodeRow(
  bytes: Uint8Array,
  columns: ReadonlyMap<number, StoredColumn>,
  length = bytes.length,
): StoredRow {
  const reader = new ByteReader(bytes, 0, length);
  const row = emptyRow();
  const head = reader.byte();
  if (head >> 4 !== VERSION) throw new Error(`unknown version ${String(head >> 4)} of a stored row`);
  const base = reader.varint();
  if ((head & MARKER) !== 0) row.marker = base;
  for (let count = reader.varint(); count > 0; count -= 1) {
    const bits = reader.varint();
    const { id, kind } = columnOf(columns, bits >>> 2);
    const timestamp = (bits & OWN_TIMESTAMP) === 0 ? base : reader.varint();
    const value = (bits & TOMBSTONE) === 0 ? readValue(reader, kind as AtomicKind) : null;
    row.cells.push({ column: id, timestamp, value });
  }
  for (let count = reader.varint(); count > 0; count -= 1) readMap(reader, row, columns, base);
  return row;
}

function columnOf(columns: ReadonlyMap<number, StoredColumn>, id: number): StoredColumn {
  const column = columns.get(id);
  if (column === undefined) throw new Error(`unknown column ${String(id)}`);
  return column;
}

/** The marker's timestamp (it is stored nowhere else), else that of the first cell. */
function baseOf(row: StoredRow): number {
  if (row.marker !== undefined) return row.marker;
  return row.cells[0]?.timestamp ?? 0;
}

function writeHead(writer: ByteWriter, number: number, cell: Cell, base: number): void {
  const own = cell.timestamp !== base;
  writer.varint(number * 4 + (own ? OWN_TIMESTAMP : 0) + (cell.value === null ? TOMBSTONE : 0));
  if (own) writer.varint(cell.timestamp);
}

/** Column, time of the last replacement, base timestamp of the entries, entries. */
function writeMap(writer: ByteWriter, column: StoredColumn, map: MapCell, rowBase: number): void {
  const kind = isMapKind(column.kind) ? entryKindOf(column.kind) : 'text';
  let base = rowBase;
  for (const cell of map.entries.values()) {
    base = cell.timestamp;
    break;
  }
  writer.varint(map.column * 4 + (base === rowBase ? 0 : OWN_TIMESTAMP));
  if (base !== rowBase) writer.varint(base);
  writer.varint(map.deletedAt);
  writer.varint(map.entries.size);
  for (const [name, cell] of map.entries) {
    const length = Buffer.byteLength(name);
    writeHead(writer, length, cell, base);
    writer.rawText(name, length);
    if (cell.value !== null) writeValue(writer, kind, cell.value);
  }
}

function readMap(
  reader: ByteReader,
  row: StoredRow,
  columns: ReadonlyMap<number, StoredColumn>,
  rowBase: number,
): void {
  const bits = reader.varint();
  const column = columnOf(columns, bits >>> 2);
  if (!isMapKind(column.kind)) throw new Error(`column ${column.name} is no map`);
  const kind = entryKindOf(column.kind);
  const base = (bits & OWN_TIMESTAMP) === 0 ? rowBase : reader.varint();
  const deletedAt = reader.varint();
  const entries = new Map<string, Cell>();
  for (let count = reader.varint(); count > 0; count -= 1) {
    const head = reader.varint();
    const timestamp = (head & OWN_TIMESTAMP) === 0 ? base : reader.varint();
    const name = reader.rawText(head >>> 2);
    entries.set(name, { timestamp, value: (head & TOMBSTONE) === 0 ? readValue(reader, kind) : null });
  }
  row.maps.push({ column: column.id, deletedAt, entries });
}
