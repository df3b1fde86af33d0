import type { KafkaMessage } from 'kafkajs';
import { FetchedRecord } from '../kafkajs/fetch/fetched-record.js';
import { recordBytes, type ConsumerRecord, type RecordHeaders, type SourceRecord } from '@millrace/core';

const NO_HEADERS: RecordHeaders = Object.freeze({});

/** Kafka's milliseconds as a number; Kafka writes -1 for none. */
function timestampOf(message: KafkaMessage): number | undefined {
  const timestamp = Number(message.timestamp);
  return timestamp < 0 ? undefined : timestamp;
}

/** kafkajs's message as a record; bytes are passed on as they are. */
export function toConsumerRecord(
  topic: string,
  partition: number,
  message: KafkaMessage | FetchedRecord,
): ConsumerRecord {
  if (message instanceof FetchedRecord) return message;
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: timestampOf(message),
    key: message.key,
    value: message.value,
    headers: (message.headers as RecordHeaders | undefined) ?? NO_HEADERS,
  };
}

/** The messages `from` (included) to `to` (left out) of a batch, each with its place. */
export function toSourceRecords(
  topic: string,
  partition: number,
  messages: readonly KafkaMessage[],
  from: number,
  to: number,
): SourceRecord<ConsumerRecord>[] {
  const records = new Array<SourceRecord<ConsumerRecord>>(to - from);
  for (let i = from; i < to; i++) {
    const value = toConsumerRecord(topic, partition, messages[i]!);
    records[i - from] = { value, position: value.offset, timestamp: value.timestamp, bytes: recordBytes(value) };
  }
  return records;
}
