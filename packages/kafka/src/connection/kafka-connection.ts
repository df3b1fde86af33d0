import type { Cluster, Kafka } from 'kafkajs';
import {
  type Clock,
  type ConsumerRecord,
  InMemoryMetrics,
  type Logger,
  messageOf,
  type ProducerRecord,
  ServiceUnavailableError,
  silentLogger,
  type SinkWriter,
  sleep,
  systemClock,
} from '@millrace/core';
import { isConnectionClosed } from '../error-kind.js';
import { MissingTopicError } from '../errors.js';
import { clockCure, fetchCure, producerCure, timerCure } from '../kafkajs/library.js';
import { KNOWN_VERSION } from '../kafkajs/produce/produce-cure.js';
import { CURED_VERSION } from '../kafkajs/timer-cure.js';
import { batchProducer } from '../sink/batch-producer.js';
import { DEFAULT_RETRY_TIMEOUT_MS } from '../sink/options.js';
import { ProducerHub } from '../sink/producer-hub.js';
import type { TopicWriterOptions } from '../sink/topic-writer.js';
import { AdminSession } from './admin-session.js';
import { appendAll } from './append.js';
import { createClient, openCluster } from './client.js';
import { retryTransient } from './transient.js';
import { groupOffsets, highWatermarks, offsetsAt, type PartitionRange, partitionRanges } from './offsets.js';
import { checkConnectionOptions, type KafkaConnectionOptions } from './options.js';
import { readPartition } from './read-topic.js';
import { refusal } from './refusal.js';
import {
  configureTopic,
  createTopics,
  describeTopic,
  missingTopics,
  type NewTopic,
  type TopicDescription,
} from './topics.js';
import { throughOutages } from './through-outages.js';
import { TransactionalWriter } from './transactional-writer.js';
import type { TransactionalWriterHost, TransactionalWriterOptions } from './transactional-writer.js';

/** @default of `waitUntilReachable`: a minute. */
const DEFAULT_STARTUP_TIMEOUT_MS = 60_000;

/**
 * A process's way to one Kafka cluster: administration, reading and appending outside the job, and what sources and
 * sinks are made from. Connects when first used; one per process and cluster.
 */
export class KafkaConnection {
  /** The brokers as configured, with commas: for messages. */
  readonly address: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly #options: KafkaConnectionOptions;
  readonly #client: Kafka;
  readonly #admin: AdminSession;
  readonly #hub: ProducerHub;
  /** Connections that read partitions, by topic. */
  readonly #reading = new Map<string, Promise<Cluster>>();

  /** @throws {KafkaOptionsError} for an option that cannot work */
  constructor(options: KafkaConnectionOptions) {
    checkConnectionOptions(options);
    this.#options = options;
    this.address = options.brokers.join(',');
    this.clock = options.clock ?? systemClock;
    this.logger = (options.logger ?? silentLogger).child({ service: 'kafka' });
    if (!timerCure.applied || !clockCure.applied) {
      this.logger.warn(
        { found: timerCure.version, known: CURED_VERSION },
        'another version of kafkajs than the one whose timers are cured: an idle connection may burn CPU, and a clock that is set back stops heartbeats',
      );
    }
    if (!producerCure.applied || !fetchCure.applied) {
      this.logger.warn(
        { found: producerCure.version, known: KNOWN_VERSION, writes: producerCure.applied, reads: fetchCure.applied },
        'another version of kafkajs than the one whose encoder and decoder are replaced: records cost several times the CPU',
      );
    }
    this.#client = createClient(options, this.logger);
    this.#admin = new AdminSession(this.#client, this.address, this.clock);
    this.#hub = new ProducerHub(
      () =>
        batchProducer(
          this.#client.producer({
            allowAutoTopicCreation: false,
            idempotent: false,
            // Partitions are decided before kafkajs sees a record, and retries are ours (see ProducerHub).
            createPartitioner: () => (args) => args.message.partition!,
            retry: { retries: 0 },
            metadataMaxAge: 60_000,
          }),
        ),
      this.clock,
      this.logger,
    );
  }

  /** A client for one consumer. For this package. */
  createConsumerClient(): Kafka {
    return createClient(this.#options, this.logger);
  }

  /**
   * Waits until a broker answers.
   *
   * @param timeoutMs milliseconds to keep trying
   * @throws {ServiceUnavailableError} with the address, when none did in that time
   * @throws {KafkaAccessError} at once, when the credentials were refused; {KafkaTlsError} when a certificate was
   */
  async waitUntilReachable(timeoutMs = DEFAULT_STARTUP_TIMEOUT_MS, signal?: AbortSignal): Promise<void> {
    const deadline = this.clock.monotonic() + timeoutMs;
    let failure: unknown;
    for (let attempt = 1; ; attempt++) {
      const left = Math.max(1, deadline - this.clock.monotonic());
      try {
        await this.#within(
          left,
          this.#admin.useOnce(async (admin) => await admin.describeCluster()),
        );
        return;
      } catch (error) {
        const refused = refusal(this.address, error);
        if (refused !== undefined) throw refused;
        // That the time is over says less than why the tries before it failed.
        if (!(error instanceof NoAnswerError) || failure === undefined) failure = error;
      }
      if (this.clock.monotonic() >= deadline) {
        throw new ServiceUnavailableError('Kafka', this.address, timeoutMs, explained(failure));
      }
      if (attempt === 1) this.logger.info({ error: messageOf(failure) }, `waiting for Kafka at ${this.address}`);
      await sleep(this.clock, Math.min(500, Math.max(1, deadline - this.clock.monotonic())), signal);
    }
  }

  /** @throws {MissingTopicError} one line that names every topic that does not exist */
  async checkTopics(topics: readonly string[]): Promise<void> {
    const missing = await this.missingTopics(topics);
    if (missing.length > 0) throw new MissingTopicError(missing, this.address);
  }

  /** Those of `topics` that do not exist, each once. */
  async missingTopics(topics: readonly string[]): Promise<readonly string[]> {
    return await missingTopics(this.#admin, [...new Set(topics)]);
  }

  /** @throws {MissingTopicError} */
  async describeTopic(topic: string): Promise<TopicDescription> {
    return await describeTopic(this.#admin, this.address, topic);
  }

  /**
   * Creates those that do not exist yet and waits until the brokers know them; gives their names. Existing ones keep their
   * partitions and configuration.
   */
  async createTopics(topics: readonly NewTopic[]): Promise<readonly string[]> {
    return await createTopics(this.#admin, this.clock, topics);
  }

  /** Raises the number of a topic's partitions to `count`; keys go to other partitions from then on. */
  async addPartitions(topic: string, count: number): Promise<void> {
    await this.#admin.use((admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }));
  }

  /** Sets configuration of a topic by Kafka's names; what is not named goes back to the broker's default. */
  async configureTopic(topic: string, config: Readonly<Record<string, string>>): Promise<void> {
    await configureTopic(this.#admin, topic, config);
  }

  /** First offset and end of each partition, as a reader of committed records sees them. */
  async partitionRanges(topic: string): Promise<ReadonlyMap<number, PartitionRange>> {
    return await partitionRanges(this.#admin, topic);
  }

  /** The offset that the next record gets, for each partition: behind open transactions too. */
  async highWatermarks(topic: string): Promise<ReadonlyMap<number, number>> {
    return await this.#withCluster(topic, 'uncommitted', (cluster) => highWatermarks(cluster, topic));
  }

  /** Next offsets that the group has committed, by partition; partitions without a commit are left out. */
  async groupOffsets(groupId: string, topic: string): Promise<ReadonlyMap<number, number>> {
    return await groupOffsets(this.#admin, groupId, topic);
  }

  /**
   * Commits next offsets for a group that has no members.
   *
   * @throws a protocol error (UNKNOWN_MEMBER_ID) where the group has members
   */
  async setGroupOffsets(groupId: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void> {
    await this.#withCluster(topic, 'committed', async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId });
      const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }));
      // Generation -1 and no member: a commit from outside the group.
      await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: '', topics: [{ topic, partitions }] });
    });
  }

  /**
   * Appends records in the order given (per key or partition) and resolves when all are durable. Brokers that do not
   * answer are waited for, at the beginning and for each request, up to `retryTimeoutMs`.
   *
   * @param records with their own timestamps and partitions where these matter
   * @returns how many were written
   * @throws {MissingTopicError} when the topic does not exist
   * @throws {RecordTooLargeError} for a record that the topic does not take
   */
  async append(
    topic: string,
    records: Iterable<ProducerRecord> | AsyncIterable<ProducerRecord>,
    options: { readonly retryTimeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<number> {
    const { retryTimeoutMs = DEFAULT_RETRY_TIMEOUT_MS, signal = new AbortController().signal } = options;
    const writer = await throughOutages(
      this.clock,
      { timeoutMs: retryTimeoutMs, signal },
      () =>
        this.openWriter(topic, {
          retryTimeoutMs,
          onTooLarge: undefined,
          logger: this.logger,
          metrics: new InMemoryMetrics(),
          signal,
        }),
      (leftMs) => this.waitUntilReachable(leftMs, signal),
    );
    return await appendAll(writer, records);
  }

  /**
   * Everything that a topic holds when this is called, committed records only, partition by partition in the order of
   * their numbers, each in offset order. No group is joined and nothing is committed.
   *
   * @throws {MissingTopicError}, {TopicReadError}
   */
  async *readTopic(topic: string): AsyncGenerator<ConsumerRecord, void, undefined> {
    await this.checkTopics([topic]);
    const ranges = await this.partitionRanges(topic);
    const cluster = await openCluster(this.#client, [topic]);
    try {
      for (const [partition, range] of [...ranges].sort(([a], [b]) => a - b)) {
        yield* readPartition(cluster, this.clock, topic, partition, range);
      }
    } finally {
      await cluster.disconnect().catch(() => undefined);
    }
  }

  /**
   * What a partition holds of `range`, committed records only, in offset order. The connection for it stays open until
   * `close`: who reads in many small windows does not wait for one each time.
   *
   * @throws {TopicReadError}
   */
  async *readPartition(
    topic: string,
    partition: number,
    range: PartitionRange,
  ): AsyncGenerator<ConsumerRecord, void, undefined> {
    try {
      yield* readPartition(await this.#readingCluster(topic), this.clock, topic, partition, range);
    } catch (error) {
      await this.#forgetReading(topic);
      throw error;
    }
  }

  /**
   * By partition, the first offset whose record is not older than `timestamp` (milliseconds since 1970 UTC); the end
   * where there is none.
   */
  async offsetsAt(topic: string, timestamp: number): Promise<ReadonlyMap<number, number>> {
    return await offsetsAt(this.#admin, topic, timestamp);
  }

  /** For groups of records that are written as a whole or not at all. `takeOver` connects it. */
  transactionalWriter(options: TransactionalWriterOptions): TransactionalWriter {
    const { address, clock, logger } = this;
    const host: TransactionalWriterHost = {
      ...{ address, clock, logger },
      createProducer: (transactionalId, transactionTimeout) =>
        this.#client.producer({
          ...{ allowAutoTopicCreation: false, transactionalId, transactionTimeout, maxInFlightRequests: 1 },
          createPartitioner: () => (args) => args.message.partition!,
          // A transaction right behind another is told to come back in a moment, mostly.
          retry: { initialRetryTime: 10, maxRetryTime: 1_000, retries: 8 },
        }),
      partitionsOf: async (topic) => (await this.describeTopic(topic)).partitions,
    };
    return new TransactionalWriter(host, options);
  }

  /**
   * A writer on the connection's one producer. For `kafkaSink`.
   *
   * @throws {MissingTopicError}
   */
  async openWriter(
    topic: string,
    options: Omit<TopicWriterOptions, 'topic' | 'partitions'>,
  ): Promise<SinkWriter<ProducerRecord>> {
    const { partitions, maxMessageBytes } = await this.describeTopic(topic);
    const isFast = producerCure.applied ? 1 : 0;
    options.metrics.gauge('recordEncoderReplaced', () => isFast, '1: this package encodes records, 0: kafkajs does');
    return this.#hub.open({ ...options, topic, partitions }, maxMessageBytes);
  }

  /** Disconnects everything; records that wait are reported as failed. Bounded to some seconds. Never rejects. */
  async close(): Promise<void> {
    const reading = Promise.all([...this.#reading.keys()].map((topic) => this.#forgetReading(topic)));
    const bounded = (work: Promise<unknown>): Promise<unknown> => this.#within(5_000, work).catch(() => undefined);
    await Promise.all([this.#hub.close(), bounded(reading), bounded(this.#admin.close())]);
  }

  async #readingCluster(topic: string): Promise<Cluster> {
    const open = this.#reading.get(topic);
    if (open !== undefined) return open;
    const opening = openCluster(this.#client, [topic]);
    this.#reading.set(topic, opening);
    return opening;
  }

  async #forgetReading(topic: string): Promise<void> {
    const open = this.#reading.get(topic);
    this.#reading.delete(topic);
    await open?.then((cluster) => cluster.disconnect()).catch(() => undefined);
  }

  async #withCluster<T>(
    topic: string,
    isolation: 'committed' | 'uncommitted',
    work: (cluster: Cluster) => Promise<T>,
  ): Promise<T> {
    return await retryTransient(this.clock, async () => {
      const cluster = await openCluster(this.#client, [topic], isolation);
      try {
        return await work(cluster);
      } finally {
        await cluster.disconnect().catch(() => undefined);
      }
    });
  }

  /** `promise`, or a rejection after `timeoutMs`: kafkajs has no time limit of its own for a series of tries. */
  async #within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const cancel = this.clock.setTimer(timeoutMs, () => reject(new NoAnswerError()));
      promise.then(resolve, reject).finally(cancel);
    });
  }
}

/** A listener that wants TLS or a login, and a client that has another mind, only ever see closed connections. */
function explained(failure: unknown): unknown {
  if (!isConnectionClosed(failure)) return failure;
  const hint = 'does its listener want TLS or a login, or neither, where this side does not?';
  return new Error(`the connection was closed, ${hint}`, { cause: failure });
}

class NoAnswerError extends Error {
  constructor() {
    super('no answer');
  }
}
