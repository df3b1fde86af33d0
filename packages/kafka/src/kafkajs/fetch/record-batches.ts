import type { RecordHeaders } from '@millrace/core';
import { ByteReader } from './byte-reader.js';
import { type BatchContext, FetchedRecord } from './fetched-record.js';

/** Decompresses what a batch's attributes say; undefined where they say that it is not compressed. @throws for an unknown one */
export type CodecLookup = (attributes: number) => { decompress(bytes: Buffer): Promise<Buffer> } | null | undefined;

const MAGIC_AT = 16;
/** First offset and length. */
const LENGTH_END = 12;
const BATCH_HEADER = 61;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

const NO_HEADERS: RecordHeaders = Object.freeze({});

/** Whether a partition's part begins with messages of the format before record batches (Kafka 0.11). */
export function hasOldMessages(bytes: Buffer): boolean {
  return bytes.length > MAGIC_AT && bytes[MAGIC_AT] !== 2;
}

/**
 * The records of a partition's part of a fetch response, control records and aborted ones included, as kafkajs wants
 * them. A batch that the response holds a part of only, the last one, is left out.
 *
 * @throws for a batch that is not of the format, or whose codec is unknown
 */
export async function decodeRecordBatches(
  topic: string,
  partition: number,
  bytes: Buffer,
  codecOf: CodecLookup,
): Promise<FetchedRecord[]> {
  const records: FetchedRecord[] = [];
  for (let at = 0; bytes.length - at >= BATCH_HEADER;) {
    const reader = new ByteReader(bytes, at);
    const firstOffset = reader.int64();
    const end = at + LENGTH_END + reader.int32();
    if (end > bytes.length) break;
    if (end < at + BATCH_HEADER || bytes[at + MAGIC_AT] !== 2)
      throw new CorruptBatchError(topic, partition, firstOffset);
    reader.at = at + MAGIC_AT + 1 + 4; // The checksum is for brokers: TCP and TLS have theirs.
    const attributes = reader.int16();
    reader.at += 4; // last offset's delta
    const firstTimestamp = reader.int64();
    const maxTimestamp = reader.int64();
    const context: BatchContext = {
      producerId: reader.int64Text(),
      inTransaction: (attributes & TRANSACTIONAL) !== 0,
      isControlBatch: (attributes & CONTROL) !== 0,
    };
    reader.at += 2 + 4; // producer's epoch, first sequence
    const count = reader.int32();
    const codec = codecOf(attributes);
    const body = codec ? new ByteReader(await codec.decompress(bytes.subarray(reader.at, end))) : reader;
    const timestamp = (attributes & LOG_APPEND_TIME) !== 0 ? maxTimestamp : undefined;
    const limit = codec ? body.bytes.length : end;
    for (let i = 0; i < count; i++) {
      records.push(decodeRecord(body, limit, { topic, partition, firstOffset, firstTimestamp, timestamp, context }));
    }
    at = end;
  }
  return records;
}

interface RecordOrigin {
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: number;
  readonly firstTimestamp: number;
  /** Of all records, where the log and not the producer set it. */
  readonly timestamp: number | undefined;
  readonly context: BatchContext;
}

function decodeRecord(reader: ByteReader, limit: number, origin: RecordOrigin): FetchedRecord {
  const { topic, partition, firstOffset } = origin;
  const length = reader.varint();
  const end = reader.at + length;
  if (!(length > 0 && end <= limit)) throw new CorruptBatchError(topic, partition, firstOffset);
  reader.at++; // attributes: none are defined
  const created = origin.firstTimestamp + reader.varlong();
  const timestamp = origin.timestamp ?? created;
  const offset = firstOffset + reader.varint();
  const key = reader.varintBytes();
  const value = reader.varintBytes();
  const headerCount = reader.varint();
  const headers = headerCount === 0 ? NO_HEADERS : decodeHeaders(reader, headerCount);
  reader.at = end;
  // Kafka writes -1 for no time.
  const known = timestamp < 0 ? undefined : timestamp;
  return new FetchedRecord(topic, partition, offset, known, key, value, headers, origin.context);
}

/** By name; the values of a name that comes several times are an array, in their order. */
function decodeHeaders(reader: ByteReader, count: number): RecordHeaders {
  const headers: Record<string, Buffer | null | (Buffer | null)[]> = {};
  for (let i = 0; i < count; i++) {
    const length = reader.varint();
    const name = reader.bytes.toString('utf8', reader.at, reader.at + length);
    reader.at += length;
    const value = reader.varintBytes();
    if (!Object.hasOwn(headers, name)) {
      // An ordinary assignment to __proto__ makes no property.
      if (name === '__proto__') {
        Object.defineProperty(headers, name, { value, writable: true, enumerable: true, configurable: true });
      } else headers[name] = value;
      continue;
    }
    const before = headers[name]!;
    if (Array.isArray(before)) before.push(value);
    else headers[name] = [before, value];
  }
  // Java's clients can write a header without a value: null, which a job sees as kafkajs shows it.
  return headers as RecordHeaders;
}

/** A defect of the broker's disk or of this decoder. */
class CorruptBatchError extends Error {
  constructor(topic: string, partition: number, offset: number) {
    super(`the record batch of ${topic}-${String(partition)} at offset ${String(offset)} cannot be decoded`);
  }
}
