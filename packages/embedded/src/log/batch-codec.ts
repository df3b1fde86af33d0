import { deflateSync, inflateSync } from 'node:zlib';
import type { ConsumerRecord, HeaderValue, ProducerRecord, RecordHeaders } from '@millrace/core';
import { ByteReader } from '../encoding/byte-reader.js';
import type { ByteWriter } from '../encoding/byte-writer.js';

/** First byte of a stored batch: how its records are stored. */
const PLAIN = 1;
const DEFLATED = 2;

/** Below, the head of a compressed batch eats the gain; above, compressing holds the process for milliseconds. */
const MIN_DEFLATE_BYTES = 512;
const MAX_DEFLATE_BYTES = 128 * 1024;

/** A record ready to be stored: bytes only, its time settled. */
export interface EncodableRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: RecordHeaders | undefined;
  readonly timestamp: number;
}

/**
 * One stored value of the log holds a run of records of one partition: how it is stored, number of records, time of the
 * first, then the records (time relative to the first, key, value, headers). Lengths are varints, null is length 0 and
 * every other length is stored plus one. The records are compressed where that gains something: JSON shrinks to a small
 * part, and the mapped file counts as memory. The bytes given back are the writer's own: store them before it is used
 * again.
 */
export function encodeBatch(records: readonly EncodableRecord[], writer: ByteWriter): Buffer {
  writer.reset();
  const base = writeHead(writer, PLAIN, records);
  const bodyStart = writer.length;
  for (const record of records) {
    // Two varints in place of a zigzag: the difference of two times may exceed 2^52.
    writer.byte(record.timestamp < base ? 1 : 0);
    writer.varint(Math.abs(record.timestamp - base));
    writeBytes(writer, record.key);
    writeBytes(writer, record.value);
    writeHeaders(writer, record.headers);
  }
  const body = writer.view().subarray(bodyStart);
  if (body.length < MIN_DEFLATE_BYTES || body.length > MAX_DEFLATE_BYTES) return writer.view();
  const deflated = deflateSync(body, { level: 1, chunkSize: body.length });
  if (deflated.length > body.length * 0.9) return writer.view();
  const bodyLength = body.length;
  writer.reset();
  writeHead(writer, DEFLATED, records);
  writer.varint(bodyLength);
  writer.raw(deflated);
  return writer.view();
}

/** Number of records in a stored batch. */
export function batchLength(batch: Uint8Array): number {
  return openBatch(batch).count;
}

/**
 * Reads records of a stored batch.
 *
 * @param from offset of the first record that is wanted
 * @param limit number of records that `into` has at most afterwards
 * @throws an error for bytes that are no batch
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
  const { count, base, body } = openBatch(batch);
  const reader = body();
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
    into.push({
      topic,
      partition,
      offset,
      timestamp: earlier ? base - difference : base + difference,
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

function writeHead(writer: ByteWriter, storage: number, records: readonly EncodableRecord[]): number {
  const base = records[0]!.timestamp;
  writer.byte(storage);
  writer.varint(records.length);
  writer.varint(base);
  return base;
}

function openBatch(batch: Uint8Array): { count: number; base: number; body: () => ByteReader } {
  const reader = new ByteReader(batch);
  const storage = reader.byte();
  if (storage !== PLAIN && storage !== DEFLATED) throw new Error(`unknown storage ${String(storage)} of a batch`);
  const count = reader.varint();
  const base = reader.varint();
  return { count, base, body: () => (storage === PLAIN ? reader : inflate(reader)) };
}

/** @throws an error where the checksum says that the bytes are not what was stored */
function inflate(reader: ByteReader): ByteReader {
  const length = reader.varint();
  if (length > MAX_DEFLATE_BYTES) throw new Error(`a compressed batch of ${String(length)} bytes`);
  // One byte more than the result, and zlib gives it back in one piece.
  return new ByteReader(inflateSync(reader.rest(), { chunkSize: Math.max(64, length + 1) }));
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
