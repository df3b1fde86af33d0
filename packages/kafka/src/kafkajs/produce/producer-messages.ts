import type { Message } from 'kafkajs';
import { producerCure } from '../library.js';
import { BatchMessages, toKafkaMessage } from './batch-messages.js';
import type { BatchRecord } from './record-batch.js';

/** Records of one partition of a topic, in order. */
export interface PartitionRecords {
  readonly partition: number;
  readonly records: readonly BatchRecord[];
}

/**
 * What to give to kafkajs's `send` or `sendBatch` as the messages of one topic: to a cured producer the lists as they
 * are, to another version's one message a record.
 *
 * @param batches at most one for a partition
 * @param isCured for tests: whether kafkajs takes the lists
 */
export function producerMessages(batches: readonly PartitionRecords[], isCured = producerCure.applied): Message[] {
  // kafkajs's type wants an array; the cured producer calls no more of it than BatchMessages has.
  if (isCured) return new BatchMessages(batches) as unknown as Message[];
  return batches.flatMap(({ partition, records }) =>
    records.map((record) => ({ ...toKafkaMessage(record), partition })),
  );
}
