import type { ConsumerRecord, SourceHost, SourceReader, SplitLease } from '@millrace/core';
import type { EmbeddedSourceOptions } from './embedded-source.js';
import { PartitionReader } from './partition-reader.js';

/** An open `embeddedSource`. */
export class EmbeddedSourceReader implements SourceReader {
  readonly #options: Required<EmbeddedSourceOptions>;
  readonly #host: SourceHost<ConsumerRecord>;
  readonly #partitions: number;
  readonly #readers = new Map<SplitLease, PartitionReader>();
  #ends: readonly number[] | undefined;
  #stopped = false;
  #stopListening: () => void = () => undefined;

  /** @throws TopicMissingError */
  constructor(options: Required<EmbeddedSourceOptions>, host: SourceHost<ConsumerRecord>) {
    this.#options = options;
    this.#host = host;
    this.#partitions = options.store.log.require(options.topic).partitions;
  }

  /** Takes all partitions and begins to read, once the caller has the reader. */
  start(): void {
    this.#host.signal.addEventListener('abort', this.#stop, { once: true });
    setImmediate(() => {
      if (this.#stopped || this.#host.signal.aborted) return;
      this.#assign().catch((error: unknown) => this.#host.fail(error));
    });
  }

  async commit(positions: ReadonlyMap<SplitLease, number>): Promise<void> {
    const offsets = new Map<number, number>();
    for (const [lease, position] of positions) {
      const reader = this.#readers.get(lease);
      if (reader !== undefined) offsets.set(reader.partition, position);
    }
    await this.#options.store.groups.commit(this.#options.groupId, this.#options.topic, offsets);
  }

  stopIntake(): Promise<void> {
    this.#stop();
    return Promise.resolve();
  }

  captureEnd(): Promise<void> {
    this.#ends = this.#currentEnds();
    return Promise.resolve();
  }

  isDrained(settled: ReadonlyMap<SplitLease, number>): Promise<boolean> {
    const ends = this.#ends ?? this.#currentEnds();
    const reached = new Map(this.#committed());
    for (const [lease, reader] of this.#readers) {
      const position = Math.max(settled.get(lease) ?? 0, reader.startPosition, reached.get(reader.partition) ?? 0);
      reached.set(reader.partition, position);
    }
    return Promise.resolve(ends.every((end, partition) => end === 0 || (reached.get(partition) ?? 0) >= end));
  }

  close(): Promise<void> {
    this.#stop();
    this.#readers.clear();
    return Promise.resolve();
  }

  async #assign(): Promise<void> {
    const { store, topic, autoOffsetReset } = this.#options;
    const committed = this.#committed();
    const splits = Array.from({ length: this.#partitions }, (_, partition) => {
      const reset = autoOffsetReset === 'latest' ? store.log.endOffset(topic, partition) : 0;
      return { id: `${topic}-${String(partition)}`, position: committed.get(partition) ?? reset };
    });
    const leases = await this.#host.assign(splits);
    if (this.#stopped) return;
    this.#stopListening = store.log.onAppend(topic, () => {
      for (const reader of this.#readers.values()) reader.wake();
    });
    for (const [partition, lease] of leases.entries()) {
      const start = lease.startPosition ?? splits[partition]!.position;
      const reader = new PartitionReader(store.log, topic, partition, start, lease, this.#host);
      this.#readers.set(lease, reader);
      reader.run().catch((error: unknown) => this.#host.fail(error));
    }
  }

  readonly #stop = (): void => {
    this.#stopped = true;
    this.#stopListening();
    this.#host.signal.removeEventListener('abort', this.#stop);
    for (const reader of this.#readers.values()) reader.stop();
  };

  #committed(): ReadonlyMap<number, number> {
    return this.#options.store.groups.committed(this.#options.groupId, this.#options.topic);
  }

  #currentEnds(): readonly number[] {
    const { store, topic } = this.#options;
    return Array.from({ length: this.#partitions }, (_, partition) => store.log.endOffset(topic, partition));
  }
}
