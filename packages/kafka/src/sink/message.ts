import type { IHeaders, Message } from 'kafkajs';
import type { HeaderValue, ProducerRecord, RecordHeaders } from '@millrace/core';

/** What a record costs in a batch beside its key, value and headers: lengths, deltas, attributes (at most 37 bytes). */
const RECORD_OVERHEAD = 48;
/** Two lengths of a header, at most 5 bytes each. */
const HEADER_OVERHEAD = 12;
/** The batch's own header: 61 bytes. */
export const BATCH_OVERHEAD = 64;

/** A record as kafkajs sends it, its partition decided, with the bytes that it takes in a batch at most. */
export interface SizedMessage {
  readonly message: Message & { readonly partition: number };
  readonly bytes: number;
}

/** Bytes of kafkajs's kind without a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Text becomes bytes here once: its length is needed for the batch, its bytes for the partition. */
export function toBytes(value: Uint8Array | string | null): Buffer | null {
  if (value === null) return null;
  return typeof value === 'string' ? Buffer.from(value) : asBuffer(value);
}

/** The message for `record`, whose key and value are given as bytes already. */
export function toMessage(record: ProducerRecord, key: Buffer | null, partition: number): SizedMessage {
  const value = toBytes(record.value);
  let bytes = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  const message: Message & { partition: number } = { key, value, partition };
  if (record.timestamp !== undefined) message.timestamp = String(record.timestamp);
  if (record.headers !== undefined) {
    const headers = toHeaders(record.headers);
    bytes += headers.bytes;
    message.headers = headers.headers;
  }
  return { message, bytes };
}

function toHeaders(headers: RecordHeaders): { headers: IHeaders; bytes: number } {
  // No prototype: a header may be called __proto__.
  const converted = Object.create(null) as IHeaders;
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const values = (Array.isArray(value) ? value : [value]) as readonly HeaderValue[];
    const converted1 = values.map((item) => (typeof item === 'string' ? Buffer.from(item) : asBuffer(item)));
    const nameBytes = Buffer.byteLength(name);
    for (const item of converted1) bytes += HEADER_OVERHEAD + nameBytes + item.length;
    converted[name] = converted1.length === 1 ? converted1[0]! : converted1;
  }
  return { headers: converted, bytes };
}
