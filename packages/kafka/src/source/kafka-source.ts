import type { ConsumerRecord, Source } from '@millrace/core';
import { CoPartitionError } from '../errors.js';
import { isCoPartitioned, type KafkaSourceOptions, resolveSourceOptions } from './options.js';
import { KafkaSourceReader } from './reader.js';

/**
 * A source that reads topics as a member of a consumer group; each partition is a split called `<topic>-<partition>`.
 *
 * Reads on from the group's committed offsets and commits only what the runtime calls settled, so that each record is
 * handed over at least once; committed transactions only. Before a rebalance takes partitions away they are drained and
 * committed, so that in the ordinary case nothing is read twice. Order is kept within a partition. Chunks have at most
 * 500 records, and the next is fetched when the runtime wants it.
 *
 * Of several topics partition n belongs to task `n`: one process reads it of all topics, so that streams of them can be
 * joined and share state. No order holds between topics.
 *
 * @throws {KafkaOptionsError} for options that cannot work; from `open`: {MissingTopicError}, {CoPartitionError}, {KafkaAccessError},
 *   ServiceUnavailableError when no broker answers within `openTimeoutMs`
 */
export function kafkaSource(options: KafkaSourceOptions): Source<ConsumerRecord> {
  const resolved = resolveSourceOptions(options);
  const { connection, topics } = resolved;
  return {
    kind: 'kafka',
    description: topics.join(', '),
    isCoPartitioned: isCoPartitioned(resolved),
    async open(host) {
      await connection.waitUntilReachable(resolved.openTimeoutMs, host.signal);
      await connection.checkTopics(topics);
      const counts = new Map<string, number>();
      for (const topic of topics) counts.set(topic, (await connection.partitionRanges(topic)).size);
      if (isCoPartitioned(resolved) && new Set(counts.values()).size > 1) throw new CoPartitionError(counts);
      const partitions = [...counts.values()].reduce((sum, count) => sum + count, 0);
      const reader = new KafkaSourceReader(resolved, host);
      try {
        await reader.start(partitions);
      } catch (error) {
        await reader.close();
        throw error;
      }
      return reader;
    },
  };
}
