import type { ConsumerRecord } from '@millrace/core';
import type { EmbeddedStore } from '@millrace/embedded';
import { RecordInvalidError } from '@millrace/embedded';
import { RecordRefusedError } from './errors.js';
import type { FailedLog, OffsetRange, ReplayTopics, ReplayWriter, TopicRecord } from './failed-log.js';

const RECORDS_PER_READ = 500;

/** The log of an embedded store. The store is not closed here. */
export class EmbeddedFailedLog implements FailedLog {
  readonly #store: EmbeddedStore;

  constructor(store: EmbeddedStore) {
    this.#store = store;
  }

  async ranges(topic: string): Promise<ReadonlyMap<number, OffsetRange> | undefined> {
    const partitions = this.#store.log.topic(topic)?.partitions;
    if (partitions === undefined) return undefined;
    const range = (partition: number): OffsetRange => ({
      earliest: 0,
      end: this.#store.log.endOffset(topic, partition),
    });
    return new Map(Array.from({ length: partitions }, (_, partition) => [partition, range(partition)]));
  }

  async *read(topic: string, partition: number, { earliest, end }: OffsetRange): AsyncIterable<ConsumerRecord> {
    for (let offset = earliest; offset < end;) {
      const records = this.#store.log.read(topic, partition, offset, Math.min(RECORDS_PER_READ, end - offset));
      // Reads are synchronous: signals are heard, and others have their turn, in between.
      await new Promise(setImmediate);
      yield* records;
      offset += records.length;
    }
  }

  async openWriter({ ledger }: ReplayTopics): Promise<ReplayWriter> {
    await this.#store.log.createTopic(ledger, 1);
    return {
      // The folder belongs to this process.
      takeOver: () => Promise.resolve(),
      write: (records) => this.#write(records),
      close: () => Promise.resolve(),
    };
  }

  /** One transaction. */
  async #write(records: readonly TopicRecord[]): Promise<void> {
    try {
      await this.#store.log.append(records.map(({ topic, record }) => ({ topic, records: [record] })));
    } catch (error) {
      throw error instanceof RecordInvalidError ? new RecordRefusedError(error) : error;
    }
  }
}
