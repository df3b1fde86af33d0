import type { Acknowledgement, ProducerRecord } from '@millrace/core';
import type { BatchRecord } from '../kafkajs/produce/record-batch.js';
import type { TopicWriter } from './topic-writer.js';

/** One record on its way to the broker. */
export interface Entry {
  readonly message: BatchRecord;
  readonly partition: number;
  /** Bytes that it takes in a batch at most. */
  readonly bytes: number;
  readonly writer: TopicWriter;
  /** What the job wrote; `onTooLarge` is asked with it. */
  readonly record: ProducerRecord;
  readonly ack: Acknowledgement;
  /** Place in its writer's order of calls; `flush` counts by it. */
  readonly sequence: number;
  /** Whether a smaller stand-in was sent in its place already. */
  readonly replaced: boolean;
  /** Whether `ack` was called: a failed writer's entries may still stand in a queue. */
  settled: boolean;
}
