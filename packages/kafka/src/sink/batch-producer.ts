import type { Message, Producer, RecordMetadata } from 'kafkajs';
import { type PartitionRecords, producerMessages } from '../kafkajs/produce/producer-messages.js';

/** Records of one partition that go into one record batch. */
export interface TopicBatch extends PartitionRecords {
  readonly topic: string;
}

/** What the hub needs of a producer, made anew when it fails too often. */
export interface BatchProducer {
  connect(): Promise<void>;
  /** Sends one request to each leader; resolves when all in-sync replicas have the records. One batch for a partition. */
  send(batches: readonly TopicBatch[]): Promise<RecordMetadata[]>;
  disconnect(): Promise<void>;
}

export function batchProducer(producer: Producer): BatchProducer {
  return {
    connect: () => producer.connect(),
    disconnect: () => producer.disconnect(),
    send: (batches) => producer.sendBatch({ acks: -1, topicMessages: topicMessages(batches) }),
  };
}

function topicMessages(batches: readonly TopicBatch[]): { topic: string; messages: Message[] }[] {
  const byTopic = new Map<string, TopicBatch[]>();
  for (const batch of batches) {
    const known = byTopic.get(batch.topic);
    if (known === undefined) byTopic.set(batch.topic, [batch]);
    else known.push(batch);
  }
  return [...byTopic].map(([topic, parts]) => ({ topic, messages: producerMessages(parts) }));
}
