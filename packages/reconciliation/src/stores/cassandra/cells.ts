import type { CassandraValue } from '@millrace/cassandra';
import type { CellValue, ColumnType, UserTypeList } from '../../dataset/table-schema.js';
import { StoreDataError } from '../errors.js';

type Fields = Readonly<Record<string, unknown>>;

/** A value as the driver takes it for a column of this type. */
export function toCassandra(type: ColumnType | undefined, value: CellValue): CassandraValue {
  if (value === null) return null;
  if (typeof type === 'object') return (value as readonly string[]).map((entry) => toUserType(type, entry));
  if (type === 'timestamp') return new Date(value as number);
  if (type === 'map<text,timestamp>') {
    return new Map([...(value as ReadonlyMap<string, number>)].map(([name, time]) => [name, new Date(time)]));
  }
  return value;
}

/**
 * A column's value as the driver gives it.
 *
 * @param where names the column in an error
 * @throws StoreDataError for a value of a type that is none of ours
 */
export function fromCassandra(where: string, type: ColumnType | undefined, value: CassandraValue): CellValue {
  if (value === null || value === undefined) return null;
  if (typeof type === 'object') return (value as readonly Fields[]).map((entry) => fromUserType(type, entry));
  if (value instanceof Date) return value.getTime();
  if (value instanceof Map) return mapFrom(where, value as ReadonlyMap<unknown, unknown>);
  if (Array.isArray(value)) {
    return value.map((entry: unknown) =>
      entry instanceof Map ? mapFrom(where, entry as ReadonlyMap<unknown, unknown>) : entry,
    ) as readonly string[] | readonly ReadonlyMap<string, string>[];
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new StoreDataError(where, 'holds a value of an unknown type');
}

function mapFrom<T extends string | number>(where: string, map: ReadonlyMap<unknown, unknown>): ReadonlyMap<string, T> {
  const result = new Map<string, T>();
  for (const [name, value] of map) {
    const plain = value instanceof Date ? value.getTime() : value;
    if (typeof name !== 'string' || (typeof plain !== 'number' && typeof plain !== 'string')) {
      throw new StoreDataError(where, 'holds an entry of an unknown type');
    }
    result.set(name, plain as T);
  }
  return result;
}

/** The driver knows the fields from what the server says of the prepared statement; their values are as for columns. */
function toUserType({ fields }: UserTypeList, text: string): Fields {
  const entry = JSON.parse(text) as Fields;
  return Object.fromEntries(
    [...fields].map(([name, type]) => {
      const value = entry[name] ?? null;
      if (value === null || type !== 'list<map<text,text>>') return [name, value];
      return [name, (value as readonly Fields[]).map((map) => new Map(Object.entries(map)))];
    }),
  );
}

/** Fields without a value are left out. */
function fromUserType({ fields }: UserTypeList, entry: Fields): string {
  return JSON.stringify(
    Object.fromEntries(
      [...fields].flatMap(([name, type]) => {
        const value = entry[name] ?? null;
        if (value === null) return [];
        if (value instanceof Date) return [[name, value.getTime()]];
        if (type === 'decimal') return [[name, Number((value as { toString(): string }).toString())]];
        if (type !== 'list<map<text,text>>') return [[name, value]];
        return [[name, (value as readonly ReadonlyMap<string, string>[]).map((map) => Object.fromEntries(map))]];
      }),
    ),
  );
}
