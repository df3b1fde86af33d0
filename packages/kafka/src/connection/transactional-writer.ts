import type { Producer, RecordMetadata, Transaction } from 'kafkajs';
import type { Clock, Logger, ProducerRecord } from '@millrace/core';
import { messageOf, ServiceUnavailableError, sleep } from '@millrace/core';
import { isTooLarge, protocolErrorType } from '../error-kind.js';
import { TransactionRefusedError, TransactionUnknownError, WriterFencedError } from '../errors.js';
import { backOff } from '../sink/back-off.js';
import { refusal } from './refusal.js';
import { producerMessages } from '../kafkajs/produce/producer-messages.js';
import type { BatchRecord } from '../kafkajs/produce/record-batch.js';
import { SinkMessage } from '../sink/message.js';
import { partitionOfKey } from '../sink/partition-of-key.js';

/** A record and where it goes. */
export interface TopicRecord {
  readonly topic: string;
  readonly record: ProducerRecord;
}

/** How a transactional writer works. */
export interface TransactionalWriterOptions {
  /** Who writes under this id takes the writing away from everybody who did before. */
  readonly transactionalId: string;
  /**
   * Milliseconds after which the broker undoes a transaction whose writer is gone; readers of committed records wait for
   * it that long. Shorter than the broker's pauses: transactions are undone under the writer's hands.
   *
   * @default 15000
   */
  readonly transactionTimeoutMs?: number;
  /** Milliseconds for which `takeOver` keeps trying. @default 60000 */
  readonly retryTimeoutMs?: number;
  /** Gives up a wait. */
  readonly signal?: AbortSignal;
}

export interface TransactionalWriterHost {
  readonly address: string;
  readonly clock: Clock;
  readonly logger: Logger;
  createProducer(transactionalId: string, transactionTimeoutMs: number): Producer;
  /** Number of partitions of a topic. */
  partitionsOf(topic: string): Promise<number>;
}

const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING']);

/**
 * Writes groups of records to several topics, each group as a whole or not at all, by one writer at a time.
 *
 * After any failure the producer is thrown away: kafkajs rolls its sequence numbers back also for the partitions that
 * had taken the batch, the broker would then take the next batch for a repetition and drop it; and a transaction whose
 * commit failed accepts no other call. `takeOver` makes a new one, behind which everything of the old one is decided.
 */
export class TransactionalWriter {
  readonly #host: TransactionalWriterHost;
  readonly #options: TransactionalWriterOptions;
  readonly #partitions = new Map<string, number>();
  #producer: Producer | undefined;
  #transaction: Transaction | undefined;
  #roundRobin = 0;

  constructor(host: TransactionalWriterHost, options: TransactionalWriterOptions) {
    this.#host = host;
    this.#options = options;
  }

  /**
   * Takes the transactional id over. When this resolves, what anybody wrote under it before is committed and readable or
   * undone for good, and nothing more will come. To be called first, and after every error of `write`.
   *
   * @throws {KafkaAccessError} at once; {ServiceUnavailableError} after `retryTimeoutMs`; the signal's reason
   */
  async takeOver(): Promise<void> {
    const { clock, address, logger } = this.#host;
    const { retryTimeoutMs = 60_000, transactionTimeoutMs = 15_000, transactionalId, signal } = this.#options;
    const deadline = clock.monotonic() + retryTimeoutMs;
    for (let failures = 1; ; failures += 1) {
      await this.close();
      try {
        this.#producer = this.#host.createProducer(transactionalId, transactionTimeoutMs);
        await this.#producer.connect();
        // The id is taken here; the transaction begins on the broker with its first record.
        this.#transaction = await this.#producer.transaction();
        return;
      } catch (error) {
        await this.close();
        const refused = refusal(address, error);
        if (refused !== undefined) throw refused;
        if (clock.monotonic() >= deadline) throw new ServiceUnavailableError('Kafka', address, retryTimeoutMs, error);
        logger.info({ error: messageOf(error) }, 'the transactional id could not be taken over yet');
        await sleep(clock, backOff(failures), signal);
      }
    }
  }

  /**
   * Writes all records or none; resolves when they are committed. One call at a time. A record goes to the partition
   * that it names, else to that of its key, else round robin.
   *
   * @throws {TransactionRefusedError} nothing was written: the broker takes no record of this size, or no such record
   * @throws {WriterFencedError} nothing was written: somebody else has taken over
   * @throws {TransactionUnknownError} written or not: it shows after `takeOver`
   */
  async write(records: readonly TopicRecord[]): Promise<void> {
    const producer = this.#producer;
    if (producer === undefined) throw new TransactionUnknownError('takeOver was not called', undefined);
    let isCommitting = false;
    try {
      const parts = await this.#place(records);
      const transaction = this.#transaction ?? (await producer.transaction());
      this.#transaction = undefined;
      // One partition at a time: kafkajs sends to several brokers at once, and when one of them fails it sends to the
      // others again before they have answered, under new sequence numbers: their records would stand there twice.
      for (const { topic, partition, records } of parts) {
        const messages = producerMessages([{ partition, records }]);
        checkAnswer(topic, partition, await transaction.send({ acks: -1, topic, messages }));
      }
      isCommitting = true;
      await transaction.commit();
    } catch (error) {
      await this.close();
      const type = protocolErrorType(error);
      if (FENCED.has(type ?? '')) throw new WriterFencedError(this.#options.transactionalId, error);
      // Without a commit the transaction is undone, by the next takeOver or by the broker.
      if (!isCommitting && isTooLarge(error)) throw new TransactionRefusedError(messageOf(error), error);
      const refused = refusal(this.#host.address, error);
      if (refused !== undefined) throw refused;
      throw new TransactionUnknownError(messageOf(error), error);
    }
  }

  /** Disconnects; a transaction that was not committed is undone. Never rejects. */
  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    this.#transaction = undefined;
    if (producer === undefined) return;
    const timer = new AbortController();
    const gone = producer.disconnect().catch(() => undefined);
    await Promise.race([gone, sleep(this.#host.clock, 5_000, timer.signal).catch(() => undefined)]);
    timer.abort();
  }

  /** Partitions are chosen here, once: a retry inside kafkajs must not choose others. */
  async #place(records: readonly TopicRecord[]): Promise<readonly PartitionPart[]> {
    const parts = new Map<string, PartitionPart>();
    for (const { topic, record } of records) {
      const message = new SinkMessage(record);
      const partition = record.partition ?? this.#partitionOf(await this.#count(topic), message);
      const id = JSON.stringify([topic, partition]);
      const part = parts.get(id) ?? { topic, partition, records: [] };
      part.records.push(message);
      parts.set(id, part);
    }
    return [...parts.values()];
  }

  async #count(topic: string): Promise<number> {
    const known = this.#partitions.get(topic) ?? (await this.#host.partitionsOf(topic));
    this.#partitions.set(topic, known);
    return known;
  }

  #partitionOf(partitions: number, { key, keyLength }: SinkMessage): number {
    if (key !== null) return partitionOfKey(key, keyLength, partitions);
    this.#roundRobin = (this.#roundRobin + 1) % partitions;
    return this.#roundRobin;
  }
}

interface PartitionPart {
  readonly topic: string;
  readonly partition: number;
  readonly records: BatchRecord[];
}

function checkAnswer(topic: string, partition: number, answers: readonly RecordMetadata[]): void {
  const answer = answers.find((each) => each.topicName === topic && each.partition === partition);
  if (answer?.errorCode !== 0) throw new Error(`the broker has not confirmed ${topic}-${String(partition)}`);
}
