import type { ErrorClassifier, ErrorKind } from '@millrace/core';
import { MillraceError } from '@millrace/core';
import { StoreDataError } from './errors.js';

/**
 * Who is to blame for what a stage's work threw. Errors of the stores are judged by their connectors: a value of the
 * wrong type is the event's, anything that every event would meet (unreachable, overloaded, a missing column) is the
 * infrastructure's. Everything else is an exception in the computation, and the event's.
 *
 * @param ofConnector judges errors of the connectors in use; undefined for one that is none of theirs
 */
export function storeErrorClassifier(ofConnector: (error: MillraceError) => ErrorKind | undefined): ErrorClassifier {
  return (error) => {
    if (error instanceof StoreDataError) return 'event';
    if (!(error instanceof MillraceError)) return isOfTheSystem(error) ? 'infrastructure' : 'event';
    return ofConnector(error) ?? 'infrastructure';
  };
}

/** Errors of the operating system name the call that failed; those of a computation do not. */
function isOfTheSystem(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
