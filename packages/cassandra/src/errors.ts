import { types } from 'node:util';

import type { ErrorKind } from '@millrace/core';
import { messageOf, MillraceError } from '@millrace/core';

/**
 * A statement was not executed (or nobody knows whether it was). `cause` is the driver's error, `kind` who is to blame.
 * The message has the statement's text, where values are question marks; a value shows only where the driver's or the
 * server's own text quotes the one that it refused.
 */
export class CassandraQueryError extends MillraceError {
  readonly kind: ErrorKind;
  readonly statement: string;

  constructor(kind: ErrorKind, statement: string, cause: unknown) {
    super('ERR_CASSANDRA_QUERY', `cassandra: ${rootMessage(cause)} (statement: ${oneLine(statement)})`, { cause });
    this.kind = kind;
    this.statement = statement;
  }
}

/** A value that cannot be bound without changing it; nothing was sent. */
export class CassandraValueError extends MillraceError {
  constructor(what: string, problem: string) {
    super('ERR_CASSANDRA_VALUE', `cassandra: ${what} ${problem}`);
  }
}

/** The session was closed, or was never connected. */
export class CassandraClosedError extends MillraceError {
  constructor(state: 'not connected yet' | 'closed') {
    super(
      'ERR_CASSANDRA_CLOSED',
      `the cassandra session is ${state}${state === 'closed' ? '' : ': call connect() first'}`,
    );
  }
}

/**
 * One line for what the driver throws. For "no host available" that is what the hosts said: the driver's own text names
 * the first host and hides the reason in a map.
 */
export function rootMessage(error: unknown): string {
  const inner = hostErrors(error);
  if (inner.length === 0) return isNoHost(error) ? 'no host available: no node is up' : clip(oneLine(messageOf(error)));
  return clip(`no host available: ${inner.map(([host, cause]) => `${host}: ${oneLine(messageOf(cause))}`).join('; ')}`);
}

/** What each host answered, for the driver's NoHostAvailableError; empty for every other error. */
export function hostErrors(error: unknown): [host: string, cause: unknown][] {
  if (!isNoHost(error)) return [];
  const inner = (error as Error & { innerErrors?: Record<string, unknown> | null }).innerErrors ?? {};
  // null marks a host that was chosen and has not answered when the driver gave up.
  return Object.entries(inner).map(([host, cause]) => [host, cause ?? 'no answer']);
}

function isNoHost(error: unknown): error is Error {
  return isError(error) && error.name === 'NoHostAvailableError';
}

/** Errors of Node itself too, where the code runs in another realm (vm contexts, jest). */
export function isError(error: unknown): error is Error {
  return error instanceof Error || types.isNativeError(error);
}

/** A refused value may be quoted in full: half a page is enough. */
function clip(text: string): string {
  return text.length <= 500 ? text : `${text.slice(0, 500)}...`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
