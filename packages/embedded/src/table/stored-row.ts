import type { AtomicValue } from './cell-value.js';

/**
 * A row as it is kept: every cell has the write timestamp of the write that won, tombstones included, so that any later
 * write can be judged. Timestamps are microseconds as numbers (exact up to 2^53, the year 2255). Cells and maps stand in
 * no particular order; rows have few, and a short array is cheaper than a map in a store's worth of rows.
 */
export interface StoredRow {
  /** Write timestamp of the row's marker, which CQL's INSERT sets: the row exists without any value. */
  marker: number | undefined;
  readonly cells: ColumnCell[];
  readonly maps: MapCell[];
}

/** null is a tombstone. */
export interface Cell {
  readonly timestamp: number;
  readonly value: AtomicValue | null;
}

export interface ColumnCell extends Cell {
  /** Number of the column. */
  readonly column: number;
}

export interface MapCell {
  /** Number of the column. */
  readonly column: number;
  /** Entries written at this time or before are deleted; 0 where the map was never replaced. */
  deletedAt: number;
  readonly entries: Map<string, Cell>;
}

export function emptyRow(): StoredRow {
  return { marker: undefined, cells: [], maps: [] };
}

export function cellOf(row: StoredRow, column: number): Cell | undefined {
  for (const cell of row.cells) if (cell.column === column) return cell;
  return undefined;
}

export function mapOf(row: StoredRow, column: number): MapCell | undefined {
  for (const map of row.maps) if (map.column === column) return map;
  return undefined;
}

/** Whether a read finds the row: it has its marker or a value. */
export function isLive(row: StoredRow): boolean {
  if (row.marker !== undefined) return true;
  for (const cell of row.cells) if (cell.value !== null) return true;
  for (const map of row.maps) for (const cell of map.entries.values()) if (cell.value !== null) return true;
  return false;
}

/** The largest write timestamp in the row, tombstones included; 0 where there is none. */
export function lastWriteOf(row: StoredRow): number {
  let last = row.marker ?? 0;
  for (const cell of row.cells) last = Math.max(last, cell.timestamp);
  for (const map of row.maps) {
    last = Math.max(last, map.deletedAt);
    for (const cell of map.entries.values()) last = Math.max(last, cell.timestamp);
  }
  return last;
}
