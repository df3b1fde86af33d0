import { CassandraValueError } from './errors.js';

/**
 * What can be bound to a statement. By column type: text, ascii: string; int, smallint, tinyint, float, double: number;
 * bigint, counter: bigint (numbers are refused, they would lose digits); timestamp: Date, or milliseconds since 1970 as a
 * number or bigint (negative and far-future ones too); boolean; blob: Buffer; list: array; set: array or Set; map: Map.
 * user-defined type: a plain object by its fields, of which decimals may be given as numbers, maps as Map.
 * null deletes the column (a tombstone), undefined leaves it as it is.
 *
 * Plain objects work as maps too, but lose keys like `__proto__`: use Map wherever keys come from outside.
 */
export type CassandraValue = unknown;

/** Values of a statement's `?`, in order. */
export type CassandraParams = readonly CassandraValue[];

/**
 * A row by column name (as selected, in lower case unless quoted; `WRITETIME(x) AS name` by its alias). Maps come as
 * Map, sets as Set, bigint and counter as bigint, timestamp as Date, user-defined types as objects, missing values as
 * null.
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
  for (let index = 0; index < params.length; index += 1) {
    const problem = problemOf(params[index]);
    if (problem === undefined) continue;
    throw new CassandraValueError(`${problem.where}parameter ${String(index + 1)}`, problem.what);
  }
}

interface Problem {
  /** `a map key of ` and the like. */
  readonly where: string;
  readonly what: string;
}

/** Texts are put together only where something is wrong: this runs for every value of every statement. */
function problemOf(value: unknown): Problem | undefined {
  if (typeof value === 'string') {
    return /\p{Surrogate}/u.test(value)
      ? { where: '', what: 'is not well-formed Unicode: it would be stored as another text' }
      : undefined;
  }
  if (typeof value !== 'object') {
    return typeof value === 'bigint' && (value < MIN_INT64 || value > MAX_INT64)
      ? { where: '', what: 'does not fit into 64 bits' }
      : undefined;
  }
  if (value instanceof Map) {
    for (const [key, item] of value) {
      const problem = inside('a map key of', problemOf(key)) ?? inside('a map value of', problemOf(item));
      if (problem !== undefined) return problem;
    }
  } else if (Array.isArray(value) || value instanceof Set) {
    for (const item of value) {
      const problem = inside('an item of', problemOf(item));
      if (problem !== undefined) return problem;
    }
  } else if (isPlainObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      const problem = inside(`${name} of`, problemOf(item));
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function inside(where: string, problem: Problem | undefined): Problem | undefined {
  return problem && { where: `${problem.where}${where} `, what: problem.what };
}
