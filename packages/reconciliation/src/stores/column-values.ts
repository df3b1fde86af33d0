import { StoreDataError } from './errors.js';

/**
 * Values of columns as the stores hand them out, checked: a table of another shape must not turn into a wrong result.
 * Every function throws StoreDataError.
 */

export function optionalInteger(where: string, value: unknown): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrong(where, 'a whole number');
  return value;
}

/** Milliseconds since 1970 UTC. */
export function optionalTime(where: string, value: unknown): number | null {
  if (value === null || value === undefined) return null;
  const time = value instanceof Date ? value.getTime() : value;
  if (typeof time !== 'number' || !Number.isInteger(time)) throw wrong(where, 'a timestamp');
  return time;
}

export function listLength(where: string, value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (!Array.isArray(value)) throw wrong(where, 'a list');
  return value.length;
}

export function requiredText(where: string, value: unknown): string {
  if (typeof value !== 'string') throw wrong(where, 'a text');
  return value;
}

/** Microseconds; 0n where the column is not set. */
export function writeTime(where: string, value: unknown): bigint {
  if (value === null || value === undefined) return 0n;
  if (typeof value !== 'bigint') throw wrong(where, 'a write timestamp');
  return value;
}

function wrong(where: string, expected: string): StoreDataError {
  return new StoreDataError(where, `is not ${expected}`);
}
