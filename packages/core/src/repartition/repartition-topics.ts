import type { ConsumerRecord, ProducerRecord } from '../connector/record.js';
import type { Sink } from '../connector/sink.js';
import type { Source } from '../connector/source.js';
import { SetupError } from '../errors.js';

/** A topic between two halves of a job. */
export interface RepartitionTopic {
  /** Writes to it; keeps the order of a key, and creates the topic where it was told to. */
  readonly sink: Sink<ProducerRecord>;
  /** Reads it, one split for each partition; says the partition's number as `SplitAssignment.task`. */
  readonly source: Source<ConsumerRecord>;
  /** How many partitions it has; asked for when the sink is open. */
  partitions(): Promise<number>;
}

/**
 * Makes the topics through which `repartition` sends elements to the tasks of their new keys: `kafkaRepartition`,
 * `embeddedRepartition`, or one's own.
 */
export interface RepartitionTopics {
  /** One word for `describe`: `kafka`, `embedded`. */
  readonly kind: string;
  /** The topic of that name. No I/O: it is looked for when its sink or source is opened. */
  topic(name: string): RepartitionTopic;
}

/** A repartition topic is missing, and the job was not told to create it. */
export class RepartitionTopicMissingError extends SetupError {
  constructor(topic: string, where: string) {
    super(
      'ERR_REPARTITION_TOPIC_MISSING',
      `the repartition topic ${JSON.stringify(topic)} does not exist at ${where}: create it with as many partitions as ` +
        'tasks are to share the keys (keys go by murmur2, as with Kafka itself), or set createTopics',
    );
  }
}
