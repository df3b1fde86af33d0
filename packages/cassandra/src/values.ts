import { CassandraValueError } from './errors.js';

/**
 * What can be bound to a statement. By column type: text, ascii: string; int, smallint, tinyint, float, double: number;
 * bigint, counter: bigint (numbers are refused, they would lose digits); timestamp: Date, or milliseconds since 1970 as a
 * number or bigint (negative and far-future ones too); boolean; blob: Buffer; list: array; set: array or Set; map: Map.
 * null deletes the column (a tombstone), undefined leaves it as it is.
 *
 * Plain objects work as maps too, but lose keys like `__proto__`: use Map wherever keys come from outside.
 */
export type CassandraValue = unknown;

/** Values of a statement's `?`, in order. */
export type CassandraParams = readonly CassandraValue[];

/**
 * A row by column name (as selected, in lower case unless quoted; `WRITETIME(x) AS name` by its alias). Maps come as
 * Map, sets as Set, bigint and counter as bigint, timestamp as Date, missing values as null.
 */
export type CassandraRow = Readonly<Record<string, CassandraValue>>;

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Refuses what the driver would silently change: text with a lone surrogate (becomes U+FFFD: another row) and bigints
 * beyond 64 bits (wrap around).
 *
 * @throws CassandraValueError
 */
export function checkValues(params: CassandraParams): void {
  params.forEach((value, index) => {
    checkValue(value, `parameter ${String(index + 1)}`);
  });
}

function checkValue(value: unknown, what: string): void {
  if (typeof value === 'string') {
    if (/\p{Surrogate}/u.test(value)) {
      throw new CassandraValueError(what, 'is not well-formed Unicode: it would be stored as another text');
    }
  } else if (typeof value === 'bigint') {
    if (value < MIN_INT64 || value > MAX_INT64) throw new CassandraValueError(what, 'does not fit into 64 bits');
  } else if (value instanceof Map) {
    for (const [key, item] of value) {
      checkValue(key, `a map key of ${what}`);
      checkValue(item, `a map value of ${what}`);
    }
  } else if (Array.isArray(value) || value instanceof Set) {
    for (const item of value) checkValue(item, `an item of ${what}`);
  }
}
