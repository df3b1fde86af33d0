import type { IHeaders, Message } from 'kafkajs';
import type { BatchRecord } from './record-batch.js';

/** Records of one partition, on their way through kafkajs's producer in the place of an array of messages. */
export class RecordList {
  readonly records: readonly BatchRecord[];

  constructor(records: readonly BatchRecord[]) {
    this.records = records;
  }

  /** kafkajs counts sequences with it. */
  get length(): number {
    return this.records.length;
  }
}

/**
 * Records of one topic, for `sendBatch` of a producer with the cure. kafkajs 2.2.4 does two things with the messages of
 * a topic before it encodes them: it looks for one without a value, and it reduces them to lists by partition, which
 * takes quadratic time. Both find their answer ready here; the lists are passed on as they are, to the encoder.
 */
export class BatchMessages {
  readonly #byPartition: Record<number, RecordList> = {};

  constructor(batches: readonly { readonly partition: number; readonly records: readonly BatchRecord[] }[]) {
    for (const { partition, records } of batches) this.#byPartition[partition] = new RecordList(records);
  }

  /** None is without a value: `BatchRecord` cannot be. */
  find(): undefined {
    return undefined;
  }

  reduce(): Readonly<Record<number, RecordList>> {
    return this.#byPartition;
  }
}

/** A record as kafkajs's own encoder takes it. */
export function toKafkaMessage({ key, value, headers, timestamp }: BatchRecord): Message {
  // As text: kafkajs takes the number 0 for none.
  const time = timestamp === undefined ? {} : { timestamp: String(timestamp) };
  return { key, value, ...time, ...(headers.length === 0 ? {} : { headers: toKafkaHeaders(headers) }) };
}

function toKafkaHeaders(headers: BatchRecord['headers']): IHeaders {
  // No prototype: a header may be called __proto__.
  const converted = Object.create(null) as IHeaders;
  for (const { name, value } of headers) {
    // kafkajs cannot write a header without a value.
    const bytes = value ?? Buffer.alloc(0);
    const before = converted[name];
    if (before === undefined) converted[name] = bytes;
    else converted[name] = Array.isArray(before) ? [...before, bytes] : [before, bytes];
  }
  return converted;
}
