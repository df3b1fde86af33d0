import type { BoundStatement } from '@millrace/cassandra';

/**
 * Cassandra warns from 5 KiB on and refuses from 50 KiB on (its defaults); ids of 256 bytes make an update of about
 * one KiB.
 */
const MAX_BATCH_BYTES = 30_000;
/** Timestamps, lengths, the prepared id. */
const STATEMENT_OVERHEAD = 100;

/** Cuts statements into batches of at most `size`, in order, and of a size that Cassandra takes. */
export function batchesOf(
  statements: readonly BoundStatement[],
  size: number,
  maxBytes: number = MAX_BATCH_BYTES,
): readonly (readonly [BoundStatement, ...BoundStatement[]])[] {
  const batches: [BoundStatement, ...BoundStatement[]][] = [];
  let bytes = 0;
  for (const statement of statements) {
    const more = STATEMENT_OVERHEAD + bytesOf(statement.params);
    const last = batches.at(-1);
    if (last === undefined || last.length >= size || bytes + more > maxBytes) {
      batches.push([statement]);
      bytes = more;
    } else {
      last.push(statement);
      bytes += more;
    }
  }
  return batches;
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return 4 + Buffer.byteLength(value);
  if (value instanceof Map) return bytesOf([...value.keys()]) + bytesOf([...value.values()]);
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + bytesOf(entry), 4);
  return 12;
}
