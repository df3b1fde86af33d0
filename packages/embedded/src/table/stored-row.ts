import type { AtomicValue } from './cell-value.js';

/**
 * A row as it is kept: every cell has the write timestamp of the write that won, tombstones included, so that any later
 * write can be judged. Timestamps are microseconds as numbers (exact up to 2^53, the year 2255).
 */
export interface StoredRow {
  /** Write timestamp of the row's marker, which CQL's INSERT sets: the row exists without any value. */
  marker: number | undefined;
  readonly cells: Map<number, Cell>;
  readonly maps: Map<number, MapCell>;
}

/** null is a tombstone. */
export interface Cell {
  readonly timestamp: number;
  readonly value: AtomicValue | null;
}

export interface MapCell {
  /** Entries written at this time or before are deleted; 0 where the map was never replaced. */
  readonly deletedAt: number;
  readonly entries: ReadonlyMap<string, Cell>;
}

export function emptyRow(): StoredRow {
  return { marker: undefined, cells: new Map(), maps: new Map() };
}

/** Whether a read finds the row: it has its marker or a value. */
export function isLive(row: StoredRow): boolean {
  if (row.marker !== undefined) return true;
  for (const cell of row.cells.values()) if (cell.value !== null) return true;
  for (const map of row.maps.values()) for (const cell of map.entries.values()) if (cell.value !== null) return true;
  return false;
}

/** The largest write timestamp in the row, tombstones included; 0 where there is none. */
export function lastWriteOf(row: StoredRow): number {
  let last = row.marker ?? 0;
  for (const cell of row.cells.values()) last = Math.max(last, cell.timestamp);
  for (const map of row.maps.values()) {
    last = Math.max(last, map.deletedAt);
    for (const cell of map.entries.values()) last = Math.max(last, cell.timestamp);
  }
  return last;
}
