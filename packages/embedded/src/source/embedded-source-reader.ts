import type { ConsumerRecord, SourceHost, SourceReader, SplitLease } from '@millrace/core';
import { CoPartitionError } from '../errors.js';
import type { EmbeddedSourceOptions } from './embedded-source.js';
import { PartitionReader } from './partition-reader.js';

type Options = Required<Omit<EmbeddedSourceOptions, 'topic'>> & { readonly topics: readonly string[] };

/** One partition of one topic. */
interface Place {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
}

/** An open `embeddedSource`. */
export class EmbeddedSourceReader implements SourceReader {
  readonly #options: Options;
  readonly #host: SourceHost<ConsumerRecord>;
  readonly #places: readonly Place[];
  readonly #readers = new Map<SplitLease, PartitionReader>();
  #ends: ReadonlyMap<string, number> | undefined;
  #stopped = false;
  #stopListening: readonly (() => void)[] = [];

  /** @throws TopicMissingError, CoPartitionError */
  constructor(options: Options, host: SourceHost<ConsumerRecord>) {
    this.#options = options;
    this.#host = host;
    const counts = new Map(options.topics.map((topic) => [topic, options.store.log.require(topic).partitions]));
    if (new Set(counts.values()).size > 1) throw new CoPartitionError(counts);
    this.#places = [...counts].flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => ({ id: `${topic}-${String(partition)}`, topic, partition })),
    );
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
    const offsets = new Map<string, Map<number, number>>();
    for (const [lease, position] of positions) {
      const reader = this.#readers.get(lease);
      if (reader === undefined) continue;
      const ofTopic = offsets.get(reader.topic) ?? new Map<number, number>();
      offsets.set(reader.topic, ofTopic.set(reader.partition, position));
    }
    const { store, groupId } = this.#options;
    await Promise.all([...offsets].map(([topic, ofTopic]) => store.groups.commit(groupId, topic, ofTopic)));
  }

  stopIntake(): Promise<void> {
    this.#stop();
    return Promise.resolve();
  }

  splits(): Promise<readonly string[]> {
    return Promise.resolve(this.#places.map(({ id }) => id));
  }

  captureEnd(): Promise<void> {
    this.#ends = this.#currentEnds();
    return Promise.resolve();
  }

  isDrained(settled: ReadonlyMap<SplitLease, number>): Promise<boolean> {
    const ends = this.#ends ?? this.#currentEnds();
    const reached = new Map(this.#committed());
    for (const [lease, reader] of this.#readers) {
      reached.set(lease.id, Math.max(settled.get(lease) ?? 0, reader.startPosition, reached.get(lease.id) ?? 0));
    }
    return Promise.resolve([...ends].every(([id, end]) => end === 0 || (reached.get(id) ?? 0) >= end));
  }

  close(): Promise<void> {
    this.#stop();
    this.#readers.clear();
    return Promise.resolve();
  }

  async #assign(): Promise<void> {
    const { store, topics, autoOffsetReset } = this.#options;
    const committed = this.#committed();
    const splits = this.#places.map(({ id, topic, partition }) => {
      const reset = autoOffsetReset === 'latest' ? store.log.endOffset(topic, partition) : 0;
      return { id, position: committed.get(id) ?? reset, task: String(partition) };
    });
    const leases = await this.#host.assign(splits);
    if (this.#stopped) return;
    this.#stopListening = topics.map((topic) =>
      store.log.onAppend(topic, () => {
        for (const reader of this.#readers.values()) if (reader.topic === topic) reader.wake();
      }),
    );
    for (const [n, lease] of leases.entries()) {
      const { topic, partition } = this.#places[n]!;
      const start = lease.startPosition ?? splits[n]!.position;
      const reader = new PartitionReader(store.log, topic, partition, start, lease, this.#host);
      this.#readers.set(lease, reader);
      reader.run().catch((error: unknown) => this.#host.fail(error));
    }
  }

  readonly #stop = (): void => {
    this.#stopped = true;
    for (const stop of this.#stopListening) stop();
    this.#host.signal.removeEventListener('abort', this.#stop);
    for (const reader of this.#readers.values()) reader.stop();
  };

  /** Split -> committed offset. */
  #committed(): ReadonlyMap<string, number> {
    const { store, groupId, topics } = this.#options;
    return new Map(
      topics.flatMap((topic) =>
        [...store.groups.committed(groupId, topic)].map(([partition, offset]) => [
          `${topic}-${String(partition)}`,
          offset,
        ]),
      ),
    );
  }

  #currentEnds(): ReadonlyMap<string, number> {
    const { log } = this.#options.store;
    return new Map(this.#places.map(({ id, topic, partition }) => [id, log.endOffset(topic, partition)]));
  }
}
