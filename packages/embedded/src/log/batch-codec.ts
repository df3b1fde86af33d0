import type { ConsumerRecord, HeaderValue, ProducerRecord, RecordHeaders } from '@millrace/core';
import { ByteReader } from '../encoding/byte-reader.js';
import type { ByteWriter } from '../encoding/byte-writer.js';

const VERSION = 1;

/** A record ready to be stored: bytes only, its time settled. */
export interface EncodableRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: RecordHeaders | undefined;
  readonly timestamp: number;
}

/**
 * One stored value of the log holds a run of records of one partition: version, number of records, time of the first,
 * then the records (time relative to the first, key, value, headers). Lengths are varints, null is length 0 and every
 * other length is stored plus one. The bytes given back are the writer's own: store them before it is used again.
 */
export function encodeBatch(records: readonly EncodableRecord[], writer: ByteWriter): Buffer {
  const base = records[0]!.timestamp;
  writer.reset();
  writer.byte(VERSION);
  writer.varint(records.length);
  writer.varint(base);
  for (const record of records) {
    // Two varints in place of a zigzag: the difference of two times may exceed 2^52.
    writer.byte(record.timestamp < base ? 1 : 0);
    writer.varint(Math.abs(record.timestamp - base));
    writeBytes(writer, record.key);
    writeBytes(writer, record.value);
    writeHeaders(writer, record.headers);
  }
  return writer.view();
}

/** Number of records in a stored batch. */
export function batchLength(batch: Uint8Array): number {
  const reader = openBatch(batch);
  return reader.varint();
}

/**
 * Reads records of a stored batch.
 *
 * @param from offset of the first record that is wanted
 * @param limit number of records that are wanted at most
 */
export function decodeBatch(
  batch: Uint8Array,
  topic: string,
  partition: number,
  baseOffset: number,
  from: number,
  limit: number,
  into: ConsumerRecord[],
): void {
  const reader = openBatch(batch);
  const count = reader.varint();
  const base = reader.varint();
  for (let index = 0; index < count && into.length < limit; index += 1) {
    const earlier = reader.byte() === 1;
    const difference = reader.varint();
    const offset = baseOffset + index;
    if (offset < from) {
      skipBytes(reader);
      skipBytes(reader);
      for (let headers = reader.varint(); headers > 0; headers -= 1) {
        reader.skip(reader.varint());
        reader.skip(reader.varint());
      }
      continue;
    }
    const timestamp = earlier ? base - difference : base + difference;
    into.push({
      topic,
      partition,
      offset,
      timestamp,
      key: readBytes(reader),
      value: readBytes(reader),
      headers: readHeaders(reader),
    });
  }
}

/** Text becomes UTF-8; bytes stay what they are. */
export function bytesOf(value: Uint8Array | string | null): Uint8Array | null {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

/** Bytes that a record takes up, about. */
export function sizeOf(
  record: Pick<ProducerRecord, 'headers'> & { key: Uint8Array | null; value: Uint8Array | null },
): number {
  let size = 16 + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const [name, value] of headerEntries(record.headers)) size += 8 + Buffer.byteLength(name) + value.length;
  return size;
}

function openBatch(batch: Uint8Array): ByteReader {
  const reader = new ByteReader(batch);
  const version = reader.byte();
  if (version !== VERSION) throw new Error(`unknown version ${String(version)} of a stored batch`);
  return reader;
}

function writeBytes(writer: ByteWriter, bytes: Uint8Array | null): void {
  if (bytes === null) {
    writer.varint(0);
    return;
  }
  writer.varint(bytes.length + 1);
  writer.raw(bytes);
}

function readBytes(reader: ByteReader): Buffer | null {
  const length = reader.varint();
  return length === 0 ? null : reader.raw(length - 1);
}

function skipBytes(reader: ByteReader): void {
  const length = reader.varint();
  if (length > 0) reader.skip(length - 1);
}

function writeHeaders(writer: ByteWriter, headers: RecordHeaders | undefined): void {
  const entries = headerEntries(headers);
  writer.varint(entries.length);
  for (const [name, value] of entries) {
    writer.text(name);
    writer.bytes(value);
  }
}

const NO_HEADERS: readonly [string, Uint8Array][] = [];

function headerEntries(headers: RecordHeaders | undefined): readonly [string, Uint8Array][] {
  if (headers === undefined) return NO_HEADERS;
  const entries: [string, Uint8Array][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    for (const one of isList(value) ? value : [value]) entries.push([name, bytesOf(one)!]);
  }
  return entries;
}

function isList(value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] {
  return Array.isArray(value);
}

function readHeaders(reader: ByteReader): RecordHeaders {
  // Without a prototype a header called `__proto__` is a name like any other.
  const headers = Object.create(null) as Record<string, HeaderValue | HeaderValue[]>;
  for (let count = reader.varint(); count > 0; count -= 1) {
    const name = reader.text();
    const value = reader.bytes();
    const present = headers[name];
    if (present === undefined) headers[name] = value;
    else if (Array.isArray(present)) present.push(value);
    else headers[name] = [present, value];
  }
  return headers;
}
