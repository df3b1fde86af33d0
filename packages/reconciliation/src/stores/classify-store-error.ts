import { classifyCassandraError } from '@millrace/cassandra';
import type { ErrorKind } from '@millrace/core';
import { MillraceError } from '@millrace/core';
import { KeyInvalidError, ValueInvalidError } from '@millrace/embedded';
import { classifyRedisError } from '@millrace/redis';
import { StoreDataError } from './errors.js';

/**
 * Who is to blame for what a stage's work threw. Errors of the stores are judged by their connectors: a value of the
 * wrong type is the event's, anything that every event would meet (unreachable, overloaded, a missing column) is the
 * infrastructure's. Everything else is an exception in the computation, and the event's.
 */
export function classifyStoreError(error: unknown): ErrorKind {
  if (error instanceof StoreDataError) return 'event';
  if (!(error instanceof MillraceError)) return isOfTheSystem(error) ? 'infrastructure' : 'event';
  if (error.code.startsWith('ERR_REDIS_')) return classifyRedisError(error);
  if (error.code.startsWith('ERR_CASSANDRA_')) return classifyCassandraError(error);
  if (error instanceof KeyInvalidError || error instanceof ValueInvalidError) return 'event';
  return 'infrastructure';
}

/** Errors of the operating system name the call that failed; those of a computation do not. */
function isOfTheSystem(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
