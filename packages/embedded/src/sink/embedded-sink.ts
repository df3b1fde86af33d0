import type { Acknowledgement, ProducerRecord, Sink, SinkHost, SinkWriter } from '@millrace/core';
import type { PlacedRecord, Topic } from '../log/topic.js';
import type { EmbeddedStore } from '../store.js';

/** Which topic of which store a sink writes. */
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

class EmbeddedSinkWriter implements SinkWriter<ProducerRecord> {
  readonly #store: EmbeddedStore;
  readonly #topic: Topic;
  readonly #host: SinkHost;

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
    this.#store.log.add([placed], acknowledgement);
  }

  async flush(): Promise<void> {
    await this.#store.barrier();
  }

  async close(): Promise<void> {
    await this.#store.barrier().catch(() => undefined);
  }
}
