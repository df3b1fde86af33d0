import type { ErrorKind } from '@millrace/core';

import { CassandraQueryError, CassandraValueError, isError } from './errors.js';

/** Error codes of the native protocol (native_protocol_v4.spec, section 9) that say something about blame. */
const INVALID = 0x2200;

/**
 * What Cassandra says with code 0x2200 (invalid) where a bound value is to blame. It uses the same code for unknown
 * columns, tables and keyspaces, missing filtering and the like, which every element would meet; so this is a list of
 * what is known to come from values, and everything else counts as infrastructure.
 */
const INVALID_BY_VALUE: readonly RegExp[] = [
  // Blank partition key or an index on a blank value.
  /^Key may not be empty/i,
  // 64 KiB is the limit of a partition key, and of all clustering columns together.
  /^Key length of \d+ is longer than maximum/i,
  /^The sum of all clustering columns is too long/i,
  /^Cannot execute this query: partition key is too long/i,
  /^(Invalid|Unexpected) (null|unset) value (in condition )?for/i,
  // Key and item sizes in collections.
  /(map|set|list|collection) (key|value|item|element)s? .*(too long|exceed)/i,
  // Bytes that are no ASCII in an ascii column (the driver does not look).
  /invalid byte for ascii/i,
  // One mutation over half a commit log segment; a batch over batch_size_fail_threshold.
  /^(Rejected an oversized mutation|Encountered an oversized mutation)/i,
  /^Batch too large/i,
  // A request over native_transport_max_frame_size.
  /^Request is too big/i,
  // USING TIMESTAMP with the one value that 64 bits hold and Cassandra does not.
  /^Out of bound timestamp/i,
  // Operator-set limits on the size of values.
  /^Guardrail (column_\w*value_size|collection_\w*size|items_per_collection|partition_keys_in_select|in_select_cartesian_product|sai_\w+_term_size) violated/i,
];

/** Classes that the driver's encoder and Node's buffers throw. */
const VALUE_ERRORS: ReadonlySet<string> = new Set(['TypeError', 'RangeError', 'SyntaxError']);

/** Driver texts for a value that has no form in the column's type. */
const ENCODER_MESSAGE =
  /^(Expected |Not a valid |Invalid date|A collection can't contain|A map can't contain|No encoding handler|Local(Date|Time) could not be parsed|Cannot convert .* to a BigInt|The number .* cannot be converted to a BigInt|The value of "value" is out of range)/;

/** Frames of the driver's encoder, by function and by file (one of the two survives bundling). */
const ENCODER_FRAME = /\bEncoder\.(encode|decode|_encode|_decode)|cassandra-driver[\\/]lib[\\/](encoder|types[\\/])/;

/**
 * Who is to blame for an error of this package or of the driver behind it.
 *
 * `event`: a value that cannot be encoded for its column (TypeError, RangeError, SyntaxError out of the driver's
 * encoder), a row that cannot be decoded, and what the server refuses because of a bound value (blank or overlong key,
 * oversized mutation). `infrastructure`: unreachable, overloaded, timed out, failed replicas, truncated, unauthorised,
 * syntax, unknown table or column, and everything unknown. Sending an element to a failed topic is final and retrying
 * is not, so doubt is decided for a retry; a whole backlog must not become dead letters because a column is missing.
 */
export function classifyCassandraError(error: unknown): ErrorKind {
  if (error instanceof CassandraQueryError) return error.kind;
  if (error instanceof CassandraValueError) return 'event';
  if (!isError(error)) return 'infrastructure';
  if (error.name === 'ResponseError') {
    const { code } = error as Error & { code?: unknown };
    return code === INVALID && INVALID_BY_VALUE.some((pattern) => pattern.test(error.message))
      ? 'event'
      : 'infrastructure';
  }
  if (VALUE_ERRORS.has(error.name)) {
    // The same classes also come out of bugs in the driver's connection handling: not the element's fault.
    return ENCODER_MESSAGE.test(error.message) || ENCODER_FRAME.test(error.stack ?? '') ? 'event' : 'infrastructure';
  }
  return 'infrastructure';
}
