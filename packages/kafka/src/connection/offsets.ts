import type { Cluster } from 'kafkajs';
import type { AdminSession } from './admin-session.js';

/** What a partition holds: offsets from `earliest` up to, not including, `end`. */
export interface PartitionRange {
  readonly earliest: number;
  /** Behind the last record that a reader of committed records can see now (Kafka's last stable offset). */
  readonly end: number;
}

/**
 * kafkajs leaves partitions without a leader out of what it asks, as those of a topic that is a moment old, and then
 * stumbles over the answer that it did not get: a TypeError, for what is soon over.
 */
function leaderless(error: unknown): never {
  if ((error as Error).name !== 'TypeError') throw error;
  throw Object.assign(new Error('a partition has no leader yet', { cause: error }), { type: 'LEADER_NOT_AVAILABLE' });
}

/** By partition. (kafkajs's ListOffsets asks for committed records only, unless told otherwise.) */
export async function partitionRanges(admin: AdminSession, topic: string): Promise<Map<number, PartitionRange>> {
  const offsets = await admin.use((client) => client.fetchTopicOffsets(topic).catch(leaderless));
  return new Map(offsets.map(({ partition, low, high }) => [partition, { earliest: Number(low), end: Number(high) }]));
}

/** First offsets at or behind a time, by partition; the end where every record is older. */
export async function offsetsAt(admin: AdminSession, topic: string, timestamp: number): Promise<Map<number, number>> {
  const offsets = await admin.use((client) => client.fetchTopicOffsetsByTimestamp(topic, timestamp).catch(leaderless));
  return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
}

/** Committed next offsets by partition; partitions without a commit are left out. */
export async function groupOffsets(admin: AdminSession, groupId: string, topic: string): Promise<Map<number, number>> {
  const answer = await admin.use((client) => client.fetchOffsets({ groupId, topics: [topic] }));
  const committed = new Map<number, number>();
  for (const { partition, offset } of answer.find((each) => each.topic === topic)?.partitions ?? []) {
    // -1: none. Other negative ones are what kafkajs itself commits for "earliest" and "latest".
    if (Number(offset) >= 0) committed.set(partition, Number(offset));
  }
  return committed;
}

/** High watermarks by partition: the offset that the next record gets, open transactions included. */
export async function highWatermarks(cluster: Cluster, topic: string): Promise<Map<number, number>> {
  const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId }));
  const answers = await cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning: false }]);
  const ends = new Map<number, number>();
  for (const answer of answers) {
    for (const { partition, offset } of answer.partitions) ends.set(partition, Number(offset));
  }
  return ends;
}
