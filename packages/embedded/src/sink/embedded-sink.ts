import type { Acknowledgement, ProducerRecord, Sink, SinkHost, SinkWriter } from '@millrace/core';
import type { PlacedRecord, Topic } from '../log/topic.js';
import type { EmbeddedStore } from '../store.js';

export interface EmbeddedSinkOptions {
  /** The open store. It must stay open as long as the job runs. */
  readonly store: EmbeddedStore;
  /** Topic to write to; it must exist when the job starts. */
  readonly topic: string;
}

/**
 * Writes records to a topic of an embedded store. What arrives in the same turns of the event loop is stored in one
 * transaction; a record is acknowledged when that is durable. Records keep the order of the calls within each
 * partition. A failed commit (disk full) is not retried here: every record of it fails, and the job's restart strategy
 * decides.
 */
export function embeddedSink(options: EmbeddedSinkOptions): Sink<ProducerRecord> {
  const { store, topic } = options;
  return {
    kind: 'embedded',
    description: topic,
    open: (host: SinkHost) =>
      Promise.resolve().then(() => new EmbeddedSinkWriter(store, store.log.require(topic), host)),
  };
}

/** Records that wait for the same transaction. */
interface Batch {
  readonly records: PlacedRecord[];
  readonly acknowledgements: Acknowledgement[];
}

class EmbeddedSinkWriter implements SinkWriter<ProducerRecord> {
  readonly #store: EmbeddedStore;
  readonly #topic: Topic;
  readonly #host: SinkHost;
  #collecting: Batch | undefined;

  constructor(store: EmbeddedStore, topic: Topic, host: SinkHost) {
    this.#store = store;
    this.#topic = topic;
    this.#host = host;
  }

  write(element: ProducerRecord, acknowledgement: Acknowledgement): void {
    let placed: PlacedRecord;
    try {
      placed = this.#topic.place(element, this.#host.clock.now());
    } catch (error) {
      queueMicrotask(() => acknowledgement.failed(error));
      return;
    }
    this.#collecting ??= this.#begin();
    this.#collecting.records.push(placed);
    this.#collecting.acknowledgements.push(acknowledgement);
  }

  async flush(): Promise<void> {
    await this.#store.barrier();
  }

  async close(): Promise<void> {
    await this.#store.barrier().catch(() => undefined);
  }

  /** A new batch: everything written until its transaction runs joins it. */
  #begin(): Batch {
    const batch: Batch = { records: [], acknowledgements: [] };
    const { log } = this.#store;
    this.#store.enqueue({
      apply: () => {
        this.#collecting = undefined;
        log.store(this.#topic, batch.records);
      },
      committed: () => {
        log.publish(this.#topic, batch.records);
        for (const acknowledgement of batch.acknowledgements) acknowledgement.done();
      },
      failed: (error) => {
        if (this.#collecting === batch) this.#collecting = undefined;
        log.takeBack(batch.records);
        for (const acknowledgement of batch.acknowledgements) acknowledgement.failed(error);
      },
    });
    return batch;
  }
}
