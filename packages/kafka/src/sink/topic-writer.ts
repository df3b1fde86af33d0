import type { Acknowledgement, Counter, Logger, MetricGroup, ProducerRecord, SinkWriter } from '@millrace/core';
import { messageOf } from '@millrace/core';
import { SinkWriteError } from '../errors.js';
import { Entry } from './entry.js';
import { partitionOfKey } from './partition-of-key.js';
import type { ProducerHub } from './producer-hub.js';

export interface TopicWriterOptions {
  readonly topic: string;
  /** Partitions of the topic when the writer was opened; keys are spread over these. */
  readonly partitions: number;
  readonly retryTimeoutMs: number;
  readonly onTooLarge: ((record: ProducerRecord) => ProducerRecord | undefined) | undefined;
  readonly logger: Logger;
  readonly metrics: MetricGroup;
  /** Aborts when the job attempt ends: waiting records are reported as failed. */
  readonly signal: AbortSignal;
}

interface FlushWaiter {
  readonly upTo: number;
  remaining: number;
  readonly resolve: () => void;
}

/** Writes to one topic through the connection's producer: chooses partitions, counts what is outstanding. */
export class TopicWriter implements SinkWriter<ProducerRecord> {
  readonly options: TopicWriterOptions;
  readonly #hub: ProducerHub;
  readonly #waiters = new Set<FlushWaiter>();
  readonly #onAbort: () => void;
  /** Looked up once: a request for each completion is not rare. */
  #records: Counter | undefined;
  #bytes: Counter | undefined;
  #sequence = 0;
  #outstanding = 0;
  #roundRobin = 0;
  #error: unknown;

  constructor(hub: ProducerHub, options: TopicWriterOptions) {
    this.#hub = hub;
    this.options = options;
    this.#onAbort = () => this.fail(new SinkWriteError(options.topic, 'the job attempt ended'));
    if (options.signal.aborted) this.#onAbort();
    else options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Why nothing more is written, undefined while the writer works. */
  get error(): unknown {
    return this.#error;
  }

  write(record: ProducerRecord, ack: Acknowledgement): void {
    if (this.#error !== undefined) {
      ack.failed(this.#error);
      return;
    }
    let entry: Entry;
    try {
      entry = new Entry(this, record, ack, this.#sequence + 1);
      entry.partition = record.partition ?? this.#choosePartition(entry);
    } catch (error) {
      ack.failed(new SinkWriteError(this.options.topic, 'a record is not well formed', error));
      return;
    }
    this.#sequence++;
    this.#outstanding++;
    this.#hub.enqueue(entry);
  }

  flush(): Promise<void> {
    if (this.#outstanding === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.add({ upTo: this.#sequence, remaining: this.#outstanding, resolve });
    });
  }

  async close(): Promise<void> {
    this.options.signal.removeEventListener('abort', this.#onAbort);
    this.fail(new SinkWriteError(this.options.topic, 'the sink was closed'));
    await this.#hub.release(this);
  }

  /** Counts what the brokers acknowledged. */
  sent(records: number, bytes: number): void {
    const { metrics } = this.options;
    this.#records ??= metrics.counter('numRecordsSend', 'records that the brokers acknowledged');
    this.#bytes ??= metrics.counter('numBytesSend', 'bytes of acknowledged records, before compression');
    this.#records.inc(records);
    this.#bytes.inc(bytes);
  }

  /** The record is durable. */
  done(entry: Entry): void {
    if (entry.settled) return;
    this.#settle(entry);
    try {
      entry.ack.done();
    } catch (error) {
      this.#threw(error);
    }
  }

  /** One record will never be written; the others of this writer go on until the runtime closes it. */
  reject(entry: Entry, error: unknown): void {
    if (entry.settled) return;
    this.#settle(entry);
    try {
      entry.ack.failed(error);
    } catch (thrown) {
      this.#threw(thrown);
    }
  }

  /** Nothing of this writer will be written any more. */
  fail(error: unknown): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#hub.rejectAll(this, error);
  }

  /** What to write instead of a record that is too large; undefined where there is nothing. */
  smaller(entry: Entry): Entry | undefined {
    if (entry.isStandIn || this.options.onTooLarge === undefined) return undefined;
    try {
      const record = this.options.onTooLarge(entry.record);
      if (record === undefined) return undefined;
      const standIn = new Entry(this, record, entry.ack, entry.sequence);
      standIn.partition = entry.partition;
      standIn.isStandIn = true;
      return standIn;
    } catch (error) {
      this.options.logger.error({ topic: this.options.topic, error: messageOf(error) }, 'onTooLarge threw');
      return undefined;
    }
  }

  /** What an acknowledgement throws is against its contract, and must not end the work of the others. */
  #threw(error: unknown): void {
    this.options.logger.error({ topic: this.options.topic, error: messageOf(error) }, 'an acknowledgement threw');
    this.fail(new SinkWriteError(this.options.topic, 'an acknowledgement threw', error));
  }

  #choosePartition({ key, keyLength }: Entry): number {
    const { partitions } = this.options;
    if (key !== null) return partitionOfKey(key, keyLength, partitions);
    // Chosen here, never by kafkajs: it chooses again on a retry and loses records by that (kafkajs #1303).
    this.#roundRobin = (this.#roundRobin + 1) % partitions;
    return this.#roundRobin;
  }

  #settle(entry: Entry): void {
    entry.settled = true;
    this.#outstanding--;
    for (const waiter of this.#waiters) {
      if (entry.sequence <= waiter.upTo && --waiter.remaining === 0) {
        this.#waiters.delete(waiter);
        waiter.resolve();
      }
    }
  }
}
