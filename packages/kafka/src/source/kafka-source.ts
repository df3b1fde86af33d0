import type { ConsumerRecord, Source } from '@millrace/core';
import { type KafkaSourceOptions, resolveSourceOptions } from './options.js';
import { KafkaSourceReader } from './reader.js';

/**
 * A source that reads topics as a member of a consumer group; each partition is a split called `<topic>-<partition>`.
 *
 * Reads on from the group's committed offsets and commits only what the runtime calls settled, so that each record is
 * handed over at least once; committed transactions only. Before a rebalance takes partitions away they are drained and
 * committed, so that in the ordinary case nothing is read twice. Order is kept within a partition. Chunks have at most
 * 500 records, and the next is fetched when the runtime wants it.
 *
 * @throws {KafkaOptionsError} for options that cannot work; from `open`: {MissingTopicError}, {KafkaAccessError},
 *   ServiceUnavailableError when no broker answers within `openTimeoutMs`
 */
export function kafkaSource(options: KafkaSourceOptions): Source<ConsumerRecord> {
  const resolved = resolveSourceOptions(options);
  const { connection, topics } = resolved;
  return {
    kind: 'kafka',
    description: topics.join(', '),
    async open(host) {
      await connection.waitUntilReachable(resolved.openTimeoutMs, host.signal);
      await connection.checkTopics(topics);
      let partitions = 0;
      for (const topic of topics) partitions += (await connection.partitionRanges(topic)).size;
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
