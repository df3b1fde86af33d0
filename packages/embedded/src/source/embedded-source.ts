import type { ConsumerRecord, Source, SourceHost, SourceReader } from '@millrace/core';
import type { EmbeddedStore } from '../store.js';
import { EmbeddedSourceReader } from './embedded-source-reader.js';

/** Which topics of which store a source reads, for which group. */
export interface EmbeddedSourceOptions {
  /** The open store. It must stay open as long as the job runs. */
  readonly store: EmbeddedStore;
  /**
   * Topic to read, or several that are co-partitioned: with the same number of partitions, and one task for partition n
   * of all of them. Each must exist when the job starts.
   */
  readonly topic: string | readonly string[];
  /** Under this name the offsets to go on from are kept. Jobs with the same name share them and skip each other's work. */
  readonly groupId: string;
  /**
   * Where to begin in a partition for which the group has no offset: with its first record, or behind its last.
   *
   * @default 'earliest'
   */
  readonly autoOffsetReset?: 'earliest' | 'latest';
}

/**
 * Reads a topic of an embedded store: all partitions are this process's, each is one split. Chunks have at most 500
 * records and about 4 MiB; partitions take turns. Delivery is at least once: after a crash reading goes on from the
 * group's last committed offsets. Of several topics partition n belongs to task `n`, so that streams of them can be joined
 * and share state; no order holds between topics. New records are noticed when their commit is done; nothing polls.
 */
export function embeddedSource(options: EmbeddedSourceOptions): Source<ConsumerRecord> {
  const topics = typeof options.topic === 'string' ? [options.topic] : options.topic;
  return {
    kind: 'embedded',
    description: topics.join(', '),
    isCoPartitioned: topics.length > 1,
    open: (host: SourceHost<ConsumerRecord>): Promise<SourceReader> =>
      Promise.resolve().then(() => {
        const reader = new EmbeddedSourceReader({ autoOffsetReset: 'earliest', ...options, topics }, host);
        reader.start();
        return reader;
      }),
  };
}
