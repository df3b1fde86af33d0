import type { HeaderValue, ProducerRecord, RecordHeaders } from '@millrace/core';
import { type BatchRecord, type HeaderPair, sizeOfHeaders } from '../kafkajs/produce/record-batch.js';

/** What a record costs in a batch beside its key, value and headers: lengths, deltas, attributes (at most 36 bytes). */
const RECORD_OVERHEAD = 48;
/** The batch's own header: 61 bytes. */
export const BATCH_OVERHEAD = 64;

const NO_HEADERS: readonly HeaderPair[] = [];
const NO_HEADERS_SIZE = sizeOfHeaders(NO_HEADERS);

/** Bytes of kafkajs's kind without a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Text stays text: it becomes bytes where it is written, once. */
function content(value: Uint8Array | string | null): Buffer | string | null {
  return typeof value === 'string' || value === null ? value : asBuffer(value);
}

function lengthOf(value: Buffer | string | null): number {
  if (value === null) return 0;
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length;
}

/**
 * A record as a batch takes it.
 *
 * @throws from the constructor: TypeError where a part is neither bytes nor text; RangeError for a time that is no whole
 * number
 */
export class SinkMessage implements BatchRecord {
  readonly key: Buffer | string | null;
  readonly keyLength: number;
  readonly value: Buffer | string | null;
  readonly valueLength: number;
  readonly headers: readonly HeaderPair[];
  readonly headersSize: number;
  readonly timestamp: number | undefined;

  constructor(record: ProducerRecord) {
    const { timestamp } = record;
    if (timestamp !== undefined && !Number.isSafeInteger(timestamp)) {
      throw new RangeError(`its timestamp is ${String(timestamp)}: whole milliseconds since 1970 are wanted`);
    }
    this.key = content(record.key);
    this.keyLength = lengthOf(this.key);
    this.value = content(record.value);
    this.valueLength = lengthOf(this.value);
    this.headers = record.headers === undefined ? NO_HEADERS : toHeaders(record.headers);
    this.headersSize = this.headers === NO_HEADERS ? NO_HEADERS_SIZE : sizeOfHeaders(this.headers);
    this.timestamp = timestamp;
  }

  /** Bytes that it takes in a batch at most. */
  get bytes(): number {
    return RECORD_OVERHEAD + this.keyLength + this.valueLength + this.headersSize;
  }
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
