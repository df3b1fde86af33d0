import { RepartitionTopicMissingError } from '@millrace/core';
import type { ConsumerRecord, ProducerRecord, RepartitionTopic, RepartitionTopics, Sink, Source } from '@millrace/core';
import { embeddedSink } from '../sink/embedded-sink.js';
import { embeddedSource } from '../source/embedded-source.js';
import type { EmbeddedStore } from '../store.js';

/** How repartition topics in an embedded store are made. */
export interface EmbeddedRepartitionOptions {
  /** The open store. It must stay open as long as the job runs. */
  readonly store: EmbeddedStore;
  /**
   * Create a topic that is missing, with so many partitions: one task each. Existing ones keep theirs.
   * @default none is created: the job does not start without its topics
   */
  readonly createTopics?: { readonly partitions: number };
}

/**
 * Repartition topics in an embedded store, for `repartition({ through: ... })`. The group that reads a topic has the
 * topic's name.
 *
 * @throws RepartitionTopicMissingError when the job starts, for a topic that is missing and is not to be created;
 *   TopicInvalidError for a name or number of partitions that cannot be
 */
export function embeddedRepartition(options: EmbeddedRepartitionOptions): RepartitionTopics {
  return { kind: 'embedded', topic: (name) => new EmbeddedRepartitionTopic(name, options) };
}

class EmbeddedRepartitionTopic implements RepartitionTopic {
  readonly sink: Sink<ProducerRecord>;
  readonly source: Source<ConsumerRecord>;
  readonly #name: string;
  readonly #options: EmbeddedRepartitionOptions;

  constructor(name: string, options: EmbeddedRepartitionOptions) {
    this.#name = name;
    this.#options = options;
    const { store } = options;
    const sink = embeddedSink({ store, topic: name });
    const source = embeddedSource({ store, topic: name, groupId: name });
    this.sink = { ...sink, open: async (host) => this.partitions().then(() => sink.open(host)) };
    this.source = { ...source, open: async (host) => this.partitions().then(() => source.open(host)) };
  }

  async partitions(): Promise<number> {
    const { store, createTopics } = this.#options;
    const topic = store.log.topic(this.#name);
    if (topic !== undefined) return topic.partitions;
    if (createTopics === undefined) throw new RepartitionTopicMissingError(this.#name, store.directory);
    return (await store.log.createTopic(this.#name, createTopics.partitions)).partitions;
  }
}
