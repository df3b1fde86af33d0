import type { ErrorClassifier, Sink, SinkHost, SinkWriter } from '@millrace/core';

import { classifyCassandraError } from './classify.js';
import type { ExecuteOptions } from './session.js';
import { CassandraSinkWriter } from './sink-writer.js';
import type { CassandraParams } from './values.js';

/** What a sink needs of a session. */
export interface StatementExecutor {
  execute(statement: string, params: CassandraParams, options?: ExecuteOptions): Promise<unknown>;
}

/** A write for every element. */
export interface CassandraSinkOptions<T> {
  /** Stays the caller's: connected before the job starts, closed after it. */
  readonly session: StatementExecutor;
  /** An idempotent INSERT, UPDATE or DELETE with `?` for every value: after a restart elements are written again. */
  readonly statement: string;
  /** Values of the `?`, in order. */
  readonly toParams: (element: T) => CassandraParams;
  /** Elements of one key are written one after another, in order. The row's primary key is the natural choice. */
  readonly toKey: (element: T) => string;
  /** For `describe` and logs. @default the statement */
  readonly description?: string;
  /** Writes under way at one time; more wait, bounded by what the tasks have in flight. @default 64 */
  readonly maxInFlight?: number;
  /** How infrastructure errors are retried; event errors never are. */
  readonly retry?: SinkRetry;
  /** @default classifyCassandraError */
  readonly classify?: ErrorClassifier;
  /** @default the session's consistency, idempotent */
  readonly execute?: ExecuteOptions;
}

/** Exponential back-off. */
export interface SinkRetry {
  /** Wait before the second try, in milliseconds; doubled each time. @default 100 */
  readonly initialDelayMs?: number;
  /** Longest wait between two tries, in milliseconds. @default 5000 */
  readonly maxDelayMs?: number;
  /** Milliseconds from the first try after which the element fails, and with it the job attempt. @default 600000 */
  readonly timeoutMs?: number;
}

/**
 * Writes each element with one statement. At least once; exactly once in effect where the statement is idempotent and
 * carries its own order (one writer per key, or `USING TIMESTAMP`).
 */
export function cassandraSink<T>(options: CassandraSinkOptions<T>): Sink<T> {
  return {
    kind: 'cassandra',
    description: options.description ?? options.statement.replace(/\s+/g, ' ').trim(),
    open(host: SinkHost): Promise<SinkWriter<T>> {
      const writer = new CassandraSinkWriter<T>({
        write: async (element) => {
          await options.session.execute(options.statement, options.toParams(element), options.execute);
        },
        toKey: options.toKey,
        classify: options.classify ?? classifyCassandraError,
        maxInFlight: options.maxInFlight ?? 64,
        initialDelayMs: options.retry?.initialDelayMs ?? 100,
        maxDelayMs: options.retry?.maxDelayMs ?? 5000,
        timeoutMs: options.retry?.timeoutMs ?? 600_000,
        host,
      });
      return Promise.resolve(writer);
    },
  };
}
