import type { Cluster, RecordBatchEntry } from 'kafkajs';
import { type Clock, type ConsumerRecord, sleep } from '@millrace/core';
import { Batch } from '../kafkajs/library.js';
import { TopicReadError } from '../errors.js';
import { toConsumerRecord } from '../source/record.js';
import type { PartitionRange } from './offsets.js';

const READ_COMMITTED = 1;
const MAX_BYTES = 4 * 1024 * 1024;
/** Failures in a row, with waits of up to 2 s between them. */
const ATTEMPTS = 8;
/** Answers in a row without anything: compaction has taken the rest of the log, there is nothing to wait for. */
const EMPTY_ANSWERS = 3;

/** The parts of a fetch response that are used; kafkajs types it as any. */
interface FetchResponse {
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly PartitionData[] }[];
}
interface PartitionData {
  readonly partition: number;
  readonly messages: readonly { readonly offset: string }[];
}

/**
 * Reads one partition from `earliest` up to `end`, committed records only, with plain fetches: no group is joined. Offsets
 * need not be contiguous: compaction leaves gaps, transactions end in markers that are no records.
 */
export async function* readPartition(
  cluster: Cluster,
  clock: Clock,
  topic: string,
  partition: number,
  range: PartitionRange,
): AsyncGenerator<ConsumerRecord, void, undefined> {
  let position = range.earliest;
  let failures = 0;
  let empty = 0;
  while (position < range.end) {
    let records: readonly RecordBatchEntry[];
    let next: number;
    try {
      ({ records, next } = await fetchOnce(cluster, topic, partition, position));
      failures = 0;
    } catch (error) {
      if (++failures >= ATTEMPTS) throw new TopicReadError(topic, partition, position, error);
      await sleep(clock, Math.min(2_000, 100 * 2 ** failures));
      await cluster.refreshMetadata().catch(() => undefined);
      continue;
    }
    for (const record of records) {
      if (Number(record.offset) >= range.end) return;
      yield toConsumerRecord(topic, partition, record);
    }
    empty = next > position ? 0 : empty + 1;
    if (empty === EMPTY_ANSWERS) return;
    position = Math.max(position, next);
  }
}

async function fetchOnce(
  cluster: Cluster,
  topic: string,
  partition: number,
  position: number,
): Promise<{ records: readonly RecordBatchEntry[]; next: number }> {
  const leader = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))[0];
  if (leader === undefined) throw new Error('the partition has no leader');
  const broker = await cluster.findBroker({ nodeId: leader });
  const answer = (await broker.fetch({
    isolationLevel: READ_COMMITTED,
    maxWaitTime: 500,
    minBytes: 1,
    maxBytes: MAX_BYTES,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(position), maxBytes: MAX_BYTES }] }],
  })) as FetchResponse;
  const data = answer.responses
    .find((each) => each.topicName === topic)
    ?.partitions.find((each) => each.partition === partition);
  if (data === undefined || data.messages.length === 0) return { records: [], next: position };
  const batch = new Batch(topic, String(position), data);
  return { records: batch.messages, next: Number(batch.lastOffset()) + 1 };
}
