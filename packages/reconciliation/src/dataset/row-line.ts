import type { CellValue, TableRow, TableSchema } from './table-schema.js';

/** A row as a line of JSON: key, then the dumped columns that hold something. */
export function rowLine(table: TableSchema, row: TableRow): string {
  const fields: string[] = table.key.map((column, index) => field(column, row.key[index] ?? null));
  for (const column of table.dumped) {
    const value = row.columns.get(column) ?? null;
    if (!isEmpty(value)) fields.push(field(column, jsonValue(value)));
  }
  return `{${fields.join(',')}}`;
}

function field(name: string, value: unknown): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

function isEmpty(value: CellValue): boolean {
  if (value === null) return true;
  if (value instanceof Map) return value.size === 0;
  return Array.isArray(value) && value.length === 0;
}

function jsonValue(value: CellValue): unknown {
  if (Array.isArray(value)) return (value as readonly (string | ReadonlyMap<string, string>)[]).map(jsonEntry);
  return value instanceof Map ? jsonEntry(value as ReadonlyMap<string, number>) : value;
}

/** fromEntries defines properties, it does not assign: `__proto__` stays an ordinary name. */
function jsonEntry(value: string | ReadonlyMap<string, string | number>): unknown {
  return typeof value === 'string' ? value : Object.fromEntries(value);
}
