import type { RecordMetadata } from 'kafkajs';
import type { Clock, Logger } from '@millrace/core';
import { failPoint, messageOf } from '@millrace/core';
import { RecordTooLargeError, SinkWriteError } from '../errors.js';
import { isRecordError, isTooLarge } from '../error-kind.js';
import { backOff } from './back-off.js';
import type { BatchProducer, TopicBatch } from './batch-producer.js';
import type { Entry } from './entry.js';
import { BATCH_OVERHEAD } from './message.js';
import { PartitionQueue } from './partition-queue.js';
import { MAX_BATCH_BYTES, planRequest, type RequestPart } from './request.js';
import { TopicWriter, type TopicWriterOptions } from './topic-writer.js';

/** Failures in a row after which the partition is sent alone: another's failure may be what holds it up. */
const ALONE_AFTER = 3;
/** Failures in a row after which the producer is made anew: kafkajs can lose its way in an outage. */
const RENEW_AFTER = 5;

/**
 * The one producer of a connection, shared by its sinks: one request in flight, what arrives meanwhile waits.
 *
 * Not idempotent on purpose. kafkajs's idempotence is safe with one request in flight only, does not survive a request
 * that fails in part, and needs a new producer after sequence errors; retries here are at least once, in order.
 */
export class ProducerHub {
  readonly #create: () => BatchProducer;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #queues: PartitionQueue[] = [];
  readonly #byTopic = new Map<string, Map<number, PartitionQueue>>();
  readonly #maxBytes = new Map<string, number>();
  readonly #writers = new Set<TopicWriter>();
  #producer: BatchProducer | undefined;
  #connected = false;
  /** Resolves when the request that is in flight has ended, connecting for it included; undefined while none is. */
  #inFlight: Promise<void> | undefined;
  #failures = 0;
  #next = 0;
  #running = false;
  #wake: (() => void) | undefined;

  constructor(create: () => BatchProducer, clock: Clock, logger: Logger) {
    this.#create = create;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * @param maxMessageBytes the topic's limit on a batch where it is known: batches are made to fit it
   */
  open(options: TopicWriterOptions, maxMessageBytes: number | undefined): TopicWriter {
    const limit = Math.max(BATCH_OVERHEAD, Math.min(MAX_BATCH_BYTES, maxMessageBytes ?? MAX_BATCH_BYTES));
    this.#maxBytes.set(options.topic, limit);
    const writer = new TopicWriter(this, options);
    this.#writers.add(writer);
    return writer;
  }

  enqueue(entry: Entry): void {
    this.#queue(entry.writer.options.topic, entry.partition).push(entry);
    if (!this.#running) {
      this.#running = true;
      // After this turn of the event loop: what the tasks write in it goes into one request.
      setImmediate(() => void this.#run().catch((error: unknown) => this.#broken(error)));
    } else this.#wake?.();
  }

  /** Reports everything that waits for `writer` as failed, what is in flight included. */
  rejectAll(writer: TopicWriter, error: unknown): void {
    for (const queue of this.#queues) {
      let left = 0;
      for (const entry of queue.entries()) {
        if (entry.writer === writer) writer.reject(entry, error);
        else if (!entry.settled) left++;
      }
      if (left === 0) queue.notBefore = 0;
    }
    this.#wake?.();
  }

  /** A writer was closed; with the last one the producer disconnects. */
  async release(writer: TopicWriter): Promise<void> {
    this.#writers.delete(writer);
    if (this.#writers.size === 0) await this.close();
  }

  async close(): Promise<void> {
    for (const writer of this.#writers)
      writer.fail(new SinkWriteError(writer.options.topic, 'the connection was closed'));
    this.#wake?.();
    await this.#discardProducer();
  }

  #queue(topic: string, partition: number): PartitionQueue {
    let partitions = this.#byTopic.get(topic);
    if (partitions === undefined) this.#byTopic.set(topic, (partitions = new Map<number, PartitionQueue>()));
    let queue = partitions.get(partition);
    if (queue === undefined) {
      queue = new PartitionQueue(topic, partition);
      partitions.set(partition, queue);
      this.#queues.push(queue);
    }
    return queue;
  }

  async #run(): Promise<void> {
    for (;;) {
      const now = this.#clock.monotonic();
      const plan = planRequest(this.#queues, this.#next, now, (topic) => this.#maxBytes.get(topic) ?? MAX_BATCH_BYTES);
      this.#next = plan.next;
      if (plan.parts.length > 0) {
        await this.#send(plan.parts);
        continue;
      }
      const waiting = this.#queues.filter((queue) => queue.length > 0);
      if (waiting.length === 0) {
        this.#running = false;
        return;
      }
      await this.#pause(Math.min(...waiting.map((queue) => queue.notBefore)) - now);
    }
  }

  /** A defect: nobody may wait for ever because of it. */
  #broken(error: unknown): void {
    this.#running = false;
    this.#logger.error({ error: messageOf(error) }, 'the producer stopped');
    for (const writer of this.#writers)
      writer.fail(new SinkWriteError(writer.options.topic, 'the producer stopped', error));
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#wake = undefined;
        resolve();
      };
      const cancel = this.#clock.setTimer(Math.max(1, delayMs), end);
      this.#wake = end;
    });
  }

  async #send(parts: readonly RequestPart[]): Promise<void> {
    let answers: RecordMetadata[];
    try {
      const request = this.#request((this.#producer ??= this.#create()), parts);
      this.#inFlight = request.then(
        () => undefined,
        () => undefined,
      );
      answers = await request.finally(() => (this.#inFlight = undefined));
    } catch (error) {
      await this.#failed(parts, error);
      return;
    }
    this.#failures = 0;
    for (const part of parts) {
      const answer = answers.find(
        ({ topicName, partition }) => topicName === part.queue.topic && partition === part.queue.partition,
      );
      if (answer?.errorCode === 0) this.#succeeded(part);
      else
        this.#retry(part, new Error(`the broker's answer has ${answer === undefined ? 'no word' : 'an error'} on it`));
    }
  }

  async #request(producer: BatchProducer, parts: readonly RequestPart[]): Promise<RecordMetadata[]> {
    try {
      if (!this.#connected) {
        await producer.connect();
        // Whoever came since has another.
        if (this.#producer !== producer) throw new Error('the producer was closed while it connected');
        this.#connected = true;
      }
      failPoint('kafka-send');
      const answers = await producer.send(parts.map(toBatch));
      failPoint('kafka-sent');
      return answers;
    } finally {
      // Closed meanwhile: what it has opened since then would stay open, and keep a process whose work is done.
      if (this.#producer !== producer) await this.#disconnect(producer);
    }
  }

  #succeeded({ queue, entries, bytes }: RequestPart): void {
    queue.remove(entries.length);
    if (queue.failures > 0) {
      this.#logger.info({ topic: queue.topic, partition: queue.partition, failures: queue.failures }, 'writes go on');
    }
    queue.failures = 0;
    queue.alone = false;
    entries[0]!.writer.sent(entries.length, bytes);
    for (const entry of entries) entry.writer.done(entry);
  }

  async #failed(parts: readonly RequestPart[], error: unknown): Promise<void> {
    const tooLarge = isTooLarge(error);
    if (tooLarge || isRecordError(error)) {
      // The error names no partition: each is sent again by itself, and the guilty one shows.
      if (parts.length > 1) for (const { queue } of parts) queue.alone = true;
      else if (tooLarge) this.#shrink(parts[0]!, error);
      else this.#giveUp(parts[0]!, 'the broker refuses them', error);
      return;
    }
    this.#failures++;
    for (const part of parts) this.#retry(part, error);
    if (this.#failures % RENEW_AFTER === 0) await this.#discardProducer();
  }

  #shrink(part: RequestPart, error: unknown): void {
    const { queue, entries, bytes } = part;
    if (entries.length > 1) {
      // The limit is the topic's: what was too large once is too large for all of its partitions.
      const limit = Math.max(BATCH_OVERHEAD, Math.floor(bytes / 2));
      this.#maxBytes.set(queue.topic, Math.min(limit, this.#maxBytes.get(queue.topic) ?? limit));
      this.#logger.info({ topic: queue.topic, partition: queue.partition, bytes, limit }, 'batch too large, halved');
      return;
    }
    const entry = entries[0]!;
    const smaller = entry.writer.smaller(entry);
    if (smaller !== undefined) {
      queue.replaceFirst(smaller);
      return;
    }
    entry.writer.reject(entry, new RecordTooLargeError(queue.topic, queue.partition, entry.bytes, error));
    queue.remove(1);
    queue.alone = false;
  }

  #retry(part: RequestPart, error: unknown): void {
    const { queue, entries } = part;
    const now = this.#clock.monotonic();
    if (queue.failures === 0) queue.failingSince = now;
    queue.failures++;
    queue.alone = queue.failures >= ALONE_AFTER;
    queue.notBefore = now + backOff(queue.failures);
    const { metrics } = entries[0]!.writer.options;
    metrics.counter('numSendRetries', 'batches that failed and are sent again').inc();
    this.#logger.warn(
      { topic: queue.topic, partition: queue.partition, failures: queue.failures, error: messageOf(error) },
      'write failed, trying again',
    );
    const waitedMs = now - queue.failingSince;
    const impatient = new Set(entries.map(({ writer }) => writer));
    for (const writer of impatient) {
      if (waitedMs < writer.options.retryTimeoutMs) continue;
      writer.fail(new SinkWriteError(queue.topic, `tried for ${String(Math.round(waitedMs / 1000))} s`, error));
    }
  }

  #giveUp({ queue, entries }: RequestPart, reason: string, error: unknown): void {
    for (const { writer } of entries) writer.fail(new SinkWriteError(queue.topic, reason, error));
  }

  async #discardProducer(): Promise<void> {
    const producer = this.#producer;
    const inFlight = this.#inFlight;
    this.#producer = undefined;
    this.#connected = false;
    if (producer === undefined) return;
    // A disconnect that overtakes a request has kafkajs stumble over what is gone; the request disconnects at its end.
    if (inFlight !== undefined && (await this.#endsWithin(IN_FLIGHT_TIMEOUT_MS, inFlight))) return;
    await this.#disconnect(producer);
  }

  async #disconnect(producer: BatchProducer): Promise<void> {
    const disconnected = producer
      .disconnect()
      .catch((error: unknown) => this.#logger.debug({ error: messageOf(error) }, 'producer did not disconnect'));
    await this.#endsWithin(DISCONNECT_TIMEOUT_MS, disconnected);
  }

  /** @param work never rejects */
  #endsWithin(timeoutMs: number, work: Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimer(timeoutMs, () => resolve(false));
      void work.then(() => {
        cancel();
        resolve(true);
      });
    });
  }
}

const DISCONNECT_TIMEOUT_MS = 5_000;
/** What is in flight at a close may take so long to end; then it is cut off. */
const IN_FLIGHT_TIMEOUT_MS = 2_000;

function toBatch({ queue, entries }: RequestPart): TopicBatch {
  return { topic: queue.topic, partition: queue.partition, records: entries };
}
