import type { HeaderValue, ProducerRecord, RecordHeaders } from '@millrace/core';
import { type BatchRecord, type HeaderPair, sizeOfHeaders } from '../kafkajs/produce/record-batch.js';

/** What a record costs in a batch beside its key, value and headers: lengths, deltas, attributes (at most 36 bytes). */
export const RECORD_OVERHEAD = 48;
/** The batch's own header: 61 bytes. */
export const BATCH_OVERHEAD = 64;

const NO_HEADERS: readonly HeaderPair[] = [];
const NO_HEADERS_SIZE = sizeOfHeaders(NO_HEADERS);

/** Bytes of kafkajs's kind without a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A key as bytes: they choose the partition. */
export function toBytes(value: Uint8Array | string | null): Buffer | null {
  if (value === null) return null;
  return typeof value === 'string' ? Buffer.from(value) : asBuffer(value);
}

/**
 * A record as a batch takes it. Its value stays text where it is text: it becomes bytes where it is written.
 *
 * @throws TypeError where a part is neither bytes nor text; RangeError for a time that is no whole number
 */
export function toBatchRecord(record: ProducerRecord, key: Buffer | null): BatchRecord {
  const { timestamp } = record;
  if (timestamp !== undefined && !Number.isSafeInteger(timestamp)) {
    throw new RangeError(`its timestamp is ${String(timestamp)}: whole milliseconds since 1970 are wanted`);
  }
  const value = typeof record.value === 'string' || record.value === null ? record.value : asBuffer(record.value);
  const headers = record.headers === undefined ? NO_HEADERS : toHeaders(record.headers);
  return {
    key,
    value,
    valueLength: value === null ? 0 : typeof value === 'string' ? Buffer.byteLength(value) : value.length,
    headers,
    headersSize: headers === NO_HEADERS ? NO_HEADERS_SIZE : sizeOfHeaders(headers),
    timestamp,
  };
}

/** Bytes that a record takes in a batch at most. */
export function sizeInBatch({ key, valueLength, headersSize }: BatchRecord): number {
  return RECORD_OVERHEAD + (key?.length ?? 0) + valueLength + headersSize;
}

function toHeaders(headers: RecordHeaders): readonly HeaderPair[] {
  const names = Object.keys(headers);
  if (names.length === 0) return NO_HEADERS;
  const pairs: HeaderPair[] = [];
  for (const name of names) {
    const value = headers[name];
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const each of value as readonly HeaderValue[]) pairs.push(toPair(name, each));
    else pairs.push(toPair(name, value as HeaderValue));
  }
  return pairs;
}

/** Kafka knows headers without a value: one that was read is written again. */
function toPair(name: string, value: HeaderValue | null): HeaderPair {
  if (value === null) return { name, value };
  return { name, value: typeof value === 'string' ? Buffer.from(value) : asBuffer(value) };
}
