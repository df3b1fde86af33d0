import type { CellValue, ColumnType } from './table-schema.js';

/** A Date beyond this is invalid (ECMA-262); Cassandra's own bound is wider. */
const MAX_DATE_MS = 8.64e15;

/** Why a line cannot be taken; the message is the reason alone, the reader adds file and line. */
export class LineProblem extends Error {}

/**
 * Checks a JSON value against a column's type.
 *
 * @param value as JSON.parse gave it
 * @throws LineProblem where it is of another type
 */
export function parseCell(column: string, type: ColumnType, value: unknown): CellValue {
  if (value === null) return null;
  if (typeof type === 'object') return listOf(column, value, objectText);
  switch (type) {
    case 'text':
      return text(column, value);
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType(column, 'true, false or null', value);
      return value;
    case 'int':
      return int32(column, value);
    case 'float':
    case 'double':
      return finite(column, value);
    case 'timestamp':
      return milliseconds(column, value);
    case 'map<text,int>':
      return mapOf(column, value, int32);
    case 'map<text,double>':
      return mapOf(column, value, finite);
    case 'map<text,timestamp>':
      return mapOf(column, value, milliseconds);
    case 'list<text>':
      return listOf(column, value, text);
    case 'list<map<text,text>>':
      return listOf(column, value, (name, entry) => mapOf(name, entry, text));
  }
}

/** A text that UTF-8 can hold. */
export function text(column: string, value: unknown): string {
  if (typeof value !== 'string') throw wrongType(column, 'a text', value);
  if (!isWellFormed(value)) throw new LineProblem(`${column} has a lone surrogate, which UTF-8 cannot hold`);
  return value;
}

/** A text that is not blank and, where a bound is given, not longer than that many bytes of UTF-8. */
export function keyText(column: string, value: unknown, maxBytes: number | undefined): string {
  if (value === undefined) throw new LineProblem(`${column} is missing`);
  const result = text(column, value);
  if (/^\s*$/u.test(result)) throw new LineProblem(`${column} is blank`);
  if (maxBytes !== undefined && result.length * 3 > maxBytes) {
    const bytes = Buffer.byteLength(result);
    if (bytes > maxBytes) {
      throw new LineProblem(
        `${column} has ${String(bytes)} bytes, the embedded store takes at most ${String(maxBytes)}`,
      );
    }
  }
  return result;
}

export function wrongType(column: string, expected: string, value: unknown): LineProblem {
  return new LineProblem(`${column} must be ${expected}, not ${kindOf(value)}`);
}

/** Also rejects arrays. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function int32(column: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -(2 ** 31) || value > 2 ** 31 - 1) {
    throw wrongType(column, 'a 32-bit integer', value);
  }
  return value === 0 ? 0 : value;
}

function finite(column: string, value: unknown): number {
  // JSON.parse reads 1e999 as Infinity.
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongType(column, 'a finite number', value);
  return value;
}

function milliseconds(column: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > MAX_DATE_MS) {
    throw wrongType(column, 'a whole number of milliseconds since 1970', value);
  }
  return value === 0 ? 0 : value;
}

function mapOf<T extends string | number>(
  column: string,
  value: unknown,
  parse: (column: string, value: unknown) => T,
): ReadonlyMap<string, T> {
  if (!isObject(value)) throw wrongType(column, 'an object', value);
  const result = new Map<string, T>();
  for (const [name, entry] of Object.entries(value)) {
    const label = `${column}[${JSON.stringify(name)}]`;
    result.set(text(`a name in ${column}`, name), parse(label, entry));
  }
  return result;
}

function listOf<T>(column: string, value: unknown, parse: (column: string, value: unknown) => T): readonly T[] {
  if (!Array.isArray(value)) throw wrongType(column, 'an array', value);
  return value.map((entry, index) => parse(`${column}[${String(index)}]`, entry));
}

function objectText(column: string, value: unknown): string {
  const result = text(column, value);
  try {
    if (isObject(JSON.parse(result))) return result;
  } catch {
    // Said below.
  }
  throw wrongType(column, 'the JSON text of an object', value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    const shown = value.length > 40 ? `${value.slice(0, 40)}...` : value;
    return `the text ${JSON.stringify(shown)}`;
  }
  return typeof value === 'boolean' ? String(value) : 'an object';
}

function isWellFormed(value: string): boolean {
  return !/\p{Surrogate}/u.test(value);
}
