import { TableSchemaError } from '../errors.js';
import { CompositeKeyCodec, MAX_KEY_BYTES } from '../encoding/composite-key.js';
import type { KeyColumn } from '../encoding/composite-key.js';

/**
 * What a column holds, after CQL: `int` 32 bits signed, `double`, `timestamp` milliseconds since 1970 UTC, maps from
 * text (merged entry by entry or replaced as a whole), lists (replaced as a whole, one value to last-write-wins).
 */
export type ColumnKind = ScalarKind | MapKind | ListKind;
export type ScalarKind = 'text' | 'int' | 'double' | 'boolean' | 'timestamp';
export type MapKind = 'map<text,text>' | 'map<text,int>' | 'map<text,double>' | 'map<text,timestamp>';
export type ListKind = 'list<text>' | 'list<map<text,text>>';

/** Value of a column as programs see it. */
export type ColumnValue<K extends ColumnKind> = K extends 'text'
  ? string
  : K extends 'int' | 'double' | 'timestamp'
    ? number
    : K extends 'boolean'
      ? boolean
      : K extends 'map<text,text>'
        ? ReadonlyMap<string, string>
        : K extends MapKind
          ? ReadonlyMap<string, number>
          : K extends 'list<text>'
            ? readonly string[]
            : readonly ReadonlyMap<string, string>[];

/** Kinds of the columns of a table, by name. */
export type Columns = Readonly<Record<string, ColumnKind>>;

/** Names of the map columns of a table. */
export type MapColumnName<C extends Columns> = { [N in keyof C]: C[N] extends MapKind ? N : never }[keyof C] & string;

/** A table: key columns are texts, in their order; rows are sorted by the UTF-8 bytes of these. */
export interface TableSchema<C extends Columns> {
  /** Names of the key columns, or name and longest text in bytes of UTF-8 (256 where only the name is given). */
  readonly key: readonly (string | KeyColumn)[];
  readonly columns: C;
}

const DEFAULT_KEY_BYTES = 256;

/** A column as stored: the number is what rows carry. */
export interface StoredColumn {
  readonly id: number;
  readonly name: string;
  readonly kind: ColumnKind;
}

/** A schema as stored in the file. */
export interface StoredSchema {
  readonly id: number;
  readonly key: readonly KeyColumn[];
  readonly columns: readonly StoredColumn[];
}

/** @throws TableSchemaError for keys that LMDB could not hold */
export function keyColumnsOf(table: string, schema: TableSchema<Columns>): readonly KeyColumn[] {
  const columns = schema.key.map((column) =>
    typeof column === 'string' ? { name: column, maxBytes: DEFAULT_KEY_BYTES } : column,
  );
  const longest = CompositeKeyCodec.longest(columns);
  if (columns.length === 0 || longest > MAX_KEY_BYTES) {
    throw new TableSchemaError(
      table,
      `its key has ${String(columns.length)} columns of ${String(longest)} bytes in all; from 1 column and up to ${String(MAX_KEY_BYTES)} bytes are possible`,
    );
  }
  return columns;
}

/**
 * The stored schema with the columns that are new; the same object where nothing is new.
 *
 * @throws TableSchemaError where the key or the kind of a column differs
 */
export function extendSchema(table: string, stored: StoredSchema, wanted: TableSchema<Columns>): StoredSchema {
  const key = keyColumnsOf(table, wanted);
  const names = (columns: readonly KeyColumn[]): string => columns.map((column) => column.name).join(', ');
  if (names(key) !== names(stored.key)) {
    throw new TableSchemaError(table, `it is stored with the key (${names(stored.key)}), not (${names(key)})`);
  }
  const columns = [...stored.columns];
  for (const [name, kind] of Object.entries(wanted.columns)) {
    const present = columns.find((column) => column.name === name);
    if (present === undefined) columns.push({ id: columns.length + 1, name, kind });
    else if (present.kind !== kind)
      throw new TableSchemaError(table, `column ${name} is stored as ${present.kind}, not ${kind}`);
  }
  const sameBounds = key.every((column, index) => column.maxBytes === stored.key[index]!.maxBytes);
  return columns.length === stored.columns.length && sameBounds ? stored : { id: stored.id, key, columns };
}

export function isMapKind(kind: ColumnKind): kind is MapKind {
  return kind.startsWith('map<');
}

/** Kind of a map's values. */
export function entryKindOf(kind: MapKind): ScalarKind {
  return kind.slice('map<text,'.length, -1) as ScalarKind;
}
