import type { Consumer, EachBatchPayload } from 'kafkajs';
import { failPoint } from '@millrace/core';
import type { MetricGroup } from '@millrace/core';
import { OffsetCommitError } from '../errors.js';
import type { PartitionOffset } from './leases.js';

type TopicOffsets = { readonly topic: string; readonly partitions: { partition: number; offset: string }[] }[];

/** Commits positions for the group as the member that this process is. */
export class OffsetCommitter {
  readonly #groupId: string;
  readonly #consumer: Pick<Consumer, 'on' | 'events' | 'commitOffsets'>;
  readonly #metrics: MetricGroup;

  constructor(groupId: string, consumer: Pick<Consumer, 'on' | 'events' | 'commitOffsets'>, metrics: MetricGroup) {
    this.#groupId = groupId;
    this.#consumer = consumer;
    this.#metrics = metrics;
  }

  /**
   * @param through the latest batch's way to commit. It is tried once, under the member's current generation; the
   *   consumer's own would be tried again after a rebalance too, for partitions that are somebody else's by then. Before
   *   the first batch there is only that one.
   * @throws {OffsetCommitError}
   */
  async commit(offsets: readonly PartitionOffset[], through: EachBatchPayload | undefined): Promise<void> {
    const topics = byTopic(offsets);
    try {
      failPoint('kafka-commit');
      if (through !== undefined) await through.commitOffsetsIfNecessary({ topics });
      else await this.#commitThroughConsumer(topics);
      failPoint('kafka-committed');
    } catch (error) {
      this.#metrics.counter('commitsFailed').inc();
      throw new OffsetCommitError(this.#groupId, error);
    }
    this.#metrics.counter('commitsSucceeded').inc();
    for (const { held, offset } of offsets) held.committed = Math.max(held.committed ?? 0, offset);
  }

  /** kafkajs resolves without a commit when it is not running. */
  async #commitThroughConsumer(topics: TopicOffsets): Promise<void> {
    let isCommitted = false;
    const remove = this.#consumer.on(this.#consumer.events.COMMIT_OFFSETS, () => {
      isCommitted = true;
    });
    try {
      await this.#consumer.commitOffsets(
        topics.flatMap(({ topic, partitions }) => partitions.map((each) => ({ topic, ...each }))),
      );
    } finally {
      remove();
    }
    if (!isCommitted) throw new Error('the consumer is not running');
  }
}

function byTopic(offsets: readonly PartitionOffset[]): TopicOffsets {
  const topics = new Map<string, { partition: number; offset: string }[]>();
  for (const { held, offset } of offsets) {
    const { topic, partition } = held.split;
    const each = { partition, offset: String(offset) };
    const partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, [each]);
    else partitions.push(each);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}
