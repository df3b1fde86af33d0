import { crc32c } from './crc32c.js';
import { writeText } from './text.js';
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from './varint.js';

/** A header's name and its bytes; null is a header without a value, as Java's clients can write it. */
export interface HeaderPair {
  readonly name: string;
  readonly value: Buffer | null;
}

/** What a record batch holds of a record. Text stays text until it is written, so that it is written once. */
export interface BatchRecord {
  readonly key: Buffer | string | null;
  /** Bytes of the key in UTF-8; 0 for null. */
  readonly keyLength: number;
  readonly value: Buffer | string | null;
  /** Bytes of the value in UTF-8; 0 for null. */
  readonly valueLength: number;
  readonly headers: readonly HeaderPair[];
  /** Bytes of the headers as `sizeOfHeaders` counts them. */
  readonly headersSize: number;
  /** Milliseconds since 1970, a whole number; undefined: the time of writing. */
  readonly timestamp: number | undefined;
}

/** Bytes of a batch before its records: offset, length, and what `writeBatchHeader` writes. */
export const BATCH_HEADER_SIZE = 61;
/** Where the part begins that the checksum covers. */
const CHECKED_FROM = 21;
const MAGIC = 2;

/** The times of a batch's records: the earliest, to which the others are given, and the latest. */
export interface TimeRange {
  readonly first: number;
  readonly max: number;
}

/** @param now milliseconds since 1970, for records without a time of their own */
export function timeRange(records: readonly BatchRecord[], now: number): TimeRange {
  let first = Infinity;
  let max = -Infinity;
  for (const { timestamp = now } of records) {
    if (timestamp < first) first = timestamp;
    if (timestamp > max) max = timestamp;
  }
  return { first, max };
}

export function sizeOfHeaders(headers: readonly HeaderPair[]): number {
  let size = sizeOfVarint(headers.length);
  for (const { name, value } of headers) {
    const nameLength = Buffer.byteLength(name);
    size += sizeOfVarint(nameLength) + nameLength + sizeOfBytes(value === null ? -1 : value.length);
  }
  return size;
}

/** Bytes of all records, without the batch's header. */
export function sizeOfRecords(records: readonly BatchRecord[], now: number, firstTimestamp: number): number {
  let size = 0;
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!;
    const body = sizeOfBody(record, i, (record.timestamp ?? now) - firstTimestamp);
    size += sizeOfVarint(body) + body;
  }
  return size;
}

/** Writes all records from `at` on and gives the position behind them: as many bytes as `sizeOfRecords` says. */
export function writeRecords(
  target: Buffer,
  at: number,
  records: readonly BatchRecord[],
  now: number,
  firstTimestamp: number,
): number {
  let position = at;
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!;
    const { headers } = record;
    const timestampDelta = (record.timestamp ?? now) - firstTimestamp;
    position = writeVarint(target, position, sizeOfBody(record, i, timestampDelta));
    target[position++] = 0; // attributes: none are defined
    position = writeVarlong(target, position, timestampDelta);
    position = writeVarint(target, position, i);
    position = writeContent(target, position, record.key, record.keyLength);
    position = writeContent(target, position, record.value, record.valueLength);
    position = writeVarint(target, position, headers.length);
    for (const header of headers) {
      const nameLength = Buffer.byteLength(header.name);
      position = writeVarint(target, position, nameLength);
      position = writeText(target, position, header.name, nameLength);
      position = writeContent(target, position, header.value, header.value?.length ?? 0);
    }
  }
  return position;
}

/** Who writes a batch: -1, 0 and 0 where the producer is not idempotent (kafkajs's way; Java says -1 three times). */
export interface BatchProducerFields {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
}

export interface BatchHeaderFields extends TimeRange, BatchProducerFields {
  /** The codec's number, and whether it is of a transaction; the times are those of creation. */
  readonly attributes: number;
  readonly count: number;
}

/** Writes the header of the batch that stands in `target` from `at` to `end`; its records must be there already. */
export function writeBatchHeader(target: Buffer, at: number, end: number, fields: BatchHeaderFields): void {
  const { attributes, count, first, max } = fields;
  target.fill(0, at, at + 8); // first offset: the broker's business
  target.writeInt32BE(end - at - 12, at + 8);
  target.writeInt32BE(0, at + 12); // leader epoch
  target[at + 16] = MAGIC;
  target.writeInt16BE(attributes, at + CHECKED_FROM);
  target.writeInt32BE(count - 1, at + 23);
  writeInt64(target, at + 27, first);
  writeInt64(target, at + 35, max);
  target.writeBigInt64BE(fields.producerId, at + 43);
  target.writeInt16BE(fields.producerEpoch, at + 51);
  target.writeInt32BE(fields.firstSequence, at + 53);
  target.writeInt32BE(count, at + 57);
  target.writeUInt32BE(crc32c(target, at + CHECKED_FROM, end), at + 17);
}

function sizeOfBody(record: BatchRecord, offsetDelta: number, timestampDelta: number): number {
  return (
    1 +
    sizeOfVarlong(timestampDelta) +
    sizeOfVarint(offsetDelta) +
    sizeOfBytes(record.key === null ? -1 : record.keyLength) +
    sizeOfBytes(record.value === null ? -1 : record.valueLength) +
    record.headersSize
  );
}

/** Bytes with their length before them; a length of -1 stands for null. */
function sizeOfBytes(length: number): number {
  return length < 0 ? 1 : sizeOfVarint(length) + length;
}

function writeContent(target: Buffer, at: number, content: Buffer | string | null, length: number): number {
  if (content === null) return writeVarint(target, at, -1);
  const position = writeVarint(target, at, length);
  if (typeof content === 'string') return writeText(target, position, content, length);
  target.set(content, position);
  return position + length;
}

/** A whole number of at most 53 bits, negative ones included. */
function writeInt64(target: Buffer, at: number, value: number): void {
  target.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
  target.writeUInt32BE(value >>> 0, at + 4);
}
