import { RepartitionTopicMissingError } from '@millrace/core';
import type { ConsumerRecord, ProducerRecord, RepartitionTopic, RepartitionTopics, Sink, Source } from '@millrace/core';
import type { KafkaConnection } from '../connection/kafka-connection.js';
import type { NewTopic } from '../connection/topics.js';
import { kafkaSink } from '../sink/kafka-sink.js';
import type { KafkaSinkOptions } from '../sink/options.js';
import { kafkaSource } from '../source/kafka-source.js';
import type { KafkaSourceOptions } from '../source/options.js';

/** How repartition topics in Kafka are made, written and read. */
export interface KafkaRepartitionOptions {
  readonly connection: KafkaConnection;
  /**
   * Create a topic that is missing, like this. Existing ones keep their partitions and configuration. Its retention must
   * be longer than the job may stand still: what is deleted before it was read is lost.
   * @default none is created: the job does not start without its topics
   */
  readonly createTopics?: Omit<NewTopic, 'topic'>;
  /** How the topics are read. @default as `kafkaSource` */
  readonly source?: Omit<KafkaSourceOptions, 'connection' | 'topics' | 'groupId' | 'autoOffsetReset' | 'coPartitioned'>;
  /** How the topics are written. @default as `kafkaSink` */
  readonly sink?: Omit<KafkaSinkOptions, 'connection' | 'topic'>;
}

/**
 * Repartition topics in Kafka, for `repartition({ through: ... })`. The group that reads a topic has the topic's name.
 *
 * @throws RepartitionTopicMissingError when the job starts, for a topic that is missing and is not to be created; what
 *   `kafkaSource` and `kafkaSink` throw
 */
export function kafkaRepartition(options: KafkaRepartitionOptions): RepartitionTopics {
  return { kind: 'kafka', topic: (name) => new KafkaRepartitionTopic(name, options) };
}

class KafkaRepartitionTopic implements RepartitionTopic {
  readonly sink: Sink<ProducerRecord>;
  readonly source: Source<ConsumerRecord>;
  readonly #name: string;
  readonly #options: KafkaRepartitionOptions;

  constructor(name: string, options: KafkaRepartitionOptions) {
    this.#name = name;
    this.#options = options;
    const { connection } = options;
    const sink = kafkaSink({ ...options.sink, connection, topic: name });
    const source = kafkaSource({ ...options.source, connection, topics: [name], groupId: name });
    this.sink = {
      ...sink,
      open: async (host) => {
        // The first thing that needs the brokers: it waits for them as long as a sink does.
        await connection.waitUntilReachable(options.sink?.openTimeoutMs, host.signal);
        await this.#ensure();
        return await sink.open(host);
      },
    };
    this.source = source;
  }

  async partitions(): Promise<number> {
    return (await this.#options.connection.partitionRanges(this.#name)).size;
  }

  async #ensure(): Promise<void> {
    const { connection, createTopics } = this.#options;
    if (createTopics !== undefined) await connection.createTopics([{ ...createTopics, topic: this.#name }]);
    else if ((await connection.missingTopics([this.#name])).length > 0) {
      throw new RepartitionTopicMissingError(this.#name, connection.address);
    }
  }
}
