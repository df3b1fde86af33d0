import type { AsyncFunction } from '@millrace/core';

import type { ExecuteOptions } from './session.js';
import type { CassandraParams, CassandraRow } from './values.js';

/** What a lookup needs of a session. */
export interface RowReader {
  all(statement: string, params: CassandraParams, options?: ExecuteOptions): Promise<readonly CassandraRow[]>;
}

/** A read for every element. */
export interface LookupOptions<IN, OUT> {
  /** Stays the caller's: connected before the job starts, closed after it. */
  readonly session: RowReader;
  /** A SELECT with `?` for every value. */
  readonly statement: string;
  /** Values of the `?`, in order. */
  readonly toParams: (element: IN) => CassandraParams;
  /** What to emit for an element and its rows (all pages; none where nothing was found). */
  readonly combine: (element: IN, rows: readonly CassandraRow[]) => readonly OUT[];
  /** @default the session's consistency, idempotent */
  readonly execute?: ExecuteOptions;
}

/**
 * Enriches each element by rows of a table; for `AsyncDataStream.unorderedWait` and its siblings. Give that operator
 * `classifyCassandraError` and a retry strategy: nothing is retried here.
 */
export function cassandraLookup<IN, OUT>(options: LookupOptions<IN, OUT>): AsyncFunction<IN, OUT> {
  return {
    async asyncInvoke(element) {
      const rows = await options.session.all(options.statement, options.toParams(element), options.execute);
      return options.combine(element, rows);
    },
  };
}
