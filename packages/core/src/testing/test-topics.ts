import { recordBytes } from '../connector/record.js';
import type { ConsumerRecord, ProducerRecord } from '../connector/record.js';
import type { Sink, SinkWriter } from '../connector/sink.js';
import type { Source, SourceHost, SourceReader, SplitLease } from '../connector/source.js';
import { SetupError } from '../errors.js';
import { partitionForKey } from '../partitioner.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A record to pipe into a topic: text or bytes, all but the value optional. */
export interface TestRecord {
  readonly key?: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  readonly timestamp?: number;
  readonly partition?: number;
  readonly headers?: ProducerRecord['headers'];
}

/** A record that was read from a topic, as text. */
export interface OutputRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number | undefined;
}

interface Topic {
  readonly partitions: ConsumerRecord[][];
  readonly committed: number[];
  readonly readers: Set<TopicReader>;
}

/**
 * Topics in memory for tests: sources and sinks on them behave as on Kafka, positions and groups included, without a
 * broker. They outlive a driver, so that a test can end a job and start it again.
 */
export class TestTopics {
  readonly #topics = new Map<string, Topic>();
  /** Makes every write to the topic wait; resolves it when the returned function is called. */
  readonly #stuck = new Map<string, (() => void)[]>();

  /** Whether the topic was created, or used. */
  has(name: string): boolean {
    return this.#topics.has(name);
  }

  /** Creates a topic. Topics that are not created before they are used have one partition. */
  create(name: string, partitions: number): void {
    if (this.#topics.has(name)) throw new Error(`the topic ${name} exists: create it before it is used`);
    this.#topics.set(name, {
      partitions: Array.from({ length: partitions }, () => []),
      committed: Array.from({ length: partitions }, () => 0),
      readers: new Set(),
    });
  }

  /**
   * A source on the topic, or on several that are co-partitioned (one task for partition n of all), for one group of
   * readers. Sources that meet in an operator with state or two inputs share tasks by partition.
   *
   * @param options `isBounded`: what is in the topic when the job begins is all there is
   */
  source(name: string | readonly string[], options: { readonly isBounded?: boolean } = {}): Source<ConsumerRecord> {
    const names = typeof name === 'string' ? [name] : name;
    const isBounded = options.isBounded ?? false;
    return {
      kind: 'test',
      description: names.join(', '),
      isBounded,
      isCoPartitioned: names.length > 1,
      open: async (host) => {
        const topics = names.map((each) => ({ name: each, topic: this.#topic(each) }));
        const counts = new Set(topics.map(({ topic }) => topic.partitions.length));
        if (counts.size > 1)
          throw new SetupError('ERR_CO_PARTITIONED', `${names.join(', ')} have different numbers of partitions`);
        const reader = new TopicReader(topics, host, isBounded);
        await reader.begin();
        return reader;
      },
    };
  }

  /** A sink on the topic; acknowledges at once unless `stall` was called. */
  sink(name: string): Sink<ProducerRecord> {
    return {
      kind: 'test',
      description: name,
      open: () => Promise.resolve(this.#writer(name)),
    };
  }

  /** Writes a record, as a producer outside the job does. @throws RangeError where there is no such partition */
  append(name: string, record: TestRecord): ConsumerRecord {
    const topic = this.#topic(name);
    const key = bytes(record.key ?? null);
    const count = topic.partitions.length;
    const partition = record.partition ?? (key === null ? 0 : partitionForKey(key, count));
    const log = topic.partitions[partition];
    if (log === undefined) throw new RangeError(`${name} has no partition ${String(partition)}`);
    const stored: ConsumerRecord = {
      topic: name,
      partition,
      offset: log.length,
      timestamp: record.timestamp,
      key,
      value: bytes(record.value),
      headers: record.headers ?? {},
    };
    log.push(stored);
    for (const reader of topic.readers) reader.wake();
    return stored;
  }

  /** Everything in the topic as text, partition by partition. */
  readAll(name: string): readonly OutputRecord[] {
    return this.records(name).map(asText);
  }

  /** Everything in the topic, partition by partition. */
  records(name: string): readonly ConsumerRecord[] {
    return this.#topic(name).partitions.flat();
  }

  /** The group's committed positions by partition. */
  committed(name: string): readonly number[] {
    return [...this.#topic(name).committed];
  }

  /**
   * From now on writes to the topic wait; the returned function lets them through. Those of a job that has ended
   * meanwhile are lost, as with a process that dies before it has sent them.
   */
  stall(name: string): () => void {
    this.#stuck.set(name, []);
    return () => {
      const waiting = this.#stuck.get(name) ?? [];
      this.#stuck.delete(name);
      for (const proceed of waiting) proceed();
    };
  }

  #topic(name: string): Topic {
    if (!this.#topics.has(name)) this.create(name, 1);
    return this.#topics.get(name) as Topic;
  }

  #writer(name: string): SinkWriter<ProducerRecord> {
    let pending = 0;
    let isClosed = false;
    let flushed: (() => void)[] = [];
    return {
      write: (element, ack) => {
        pending += 1;
        const proceed = (): void => {
          if (isClosed) return; // what a process had not sent yet dies with it
          this.append(name, element);
          pending -= 1;
          ack.done();
          if (pending === 0) for (const resolve of flushed.splice(0)) resolve();
        };
        const stuck = this.#stuck.get(name);
        if (stuck === undefined) proceed();
        else stuck.push(proceed);
      },
      flush: () => (pending === 0 ? Promise.resolve() : new Promise((resolve) => flushed.push(resolve))),
      close: () => {
        isClosed = true;
        flushed = [];
        return Promise.resolve();
      },
    };
  }
}

interface ReadTopic {
  readonly name: string;
  readonly topic: Topic;
}

interface ReadPartition {
  readonly topic: Topic;
  readonly partition: number;
}

class TopicReader implements SourceReader {
  readonly #topics: readonly ReadTopic[];
  readonly #host: SourceHost<ConsumerRecord>;
  readonly #isBounded: boolean;
  readonly #leases = new Map<SplitLease, ReadPartition>();
  #wakers: (() => void)[] = [];
  #isStopped = false;
  #ends = new Map<SplitLease, number>();

  constructor(topics: readonly ReadTopic[], host: SourceHost<ConsumerRecord>, isBounded: boolean) {
    this.#topics = topics;
    this.#host = host;
    this.#isBounded = isBounded;
  }

  async begin(): Promise<void> {
    const splits = this.#topics.flatMap(({ name, topic }) =>
      topic.committed.map((position, partition) => ({
        split: { id: `${name}-${String(partition)}`, position, task: String(partition) },
        read: { topic, partition },
      })),
    );
    for (const { topic } of this.#topics) topic.readers.add(this);
    const leases = await this.#host.assign(splits.map(({ split }) => split));
    for (const [index, lease] of leases.entries()) {
      const read = splits[index]?.read;
      if (read === undefined) continue;
      this.#leases.set(lease, read);
      void this.#read(lease, read);
    }
  }

  wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }

  async #read(lease: SplitLease, { topic, partition }: ReadPartition): Promise<void> {
    const log = topic.partitions[partition] ?? [];
    const end = this.#isBounded ? log.length : Infinity;
    let position = lease.startPosition ?? 0;
    while (!this.#isStopped) {
      const records = log.slice(position, Math.min(position + 500, end));
      if (records.length === 0) {
        if (position >= end) {
          this.#host.finish(lease);
          return;
        }
        await new Promise<void>((resolve) => this.#wakers.push(resolve));
        continue;
      }
      position += records.length;
      await this.#host.push(lease, {
        records: records.map((record) => ({
          value: record,
          position: record.offset,
          timestamp: record.timestamp,
          bytes: recordBytes(record),
        })),
        nextPosition: position,
      });
    }
  }

  commit(positions: ReadonlyMap<SplitLease, number>): Promise<void> {
    for (const [lease, position] of positions) {
      const read = this.#leases.get(lease);
      if (read !== undefined) read.topic.committed[read.partition] = position;
    }
    return Promise.resolve();
  }

  stopIntake(): Promise<void> {
    this.#isStopped = true;
    this.wake();
    return Promise.resolve();
  }

  captureEnd(): Promise<void> {
    this.#ends = new Map(
      [...this.#leases].map(([lease, { topic, partition }]) => [lease, topic.partitions[partition]?.length ?? 0]),
    );
    return Promise.resolve();
  }

  isDrained(settled: ReadonlyMap<SplitLease, number>): Promise<boolean> {
    const behind = [...this.#leases.keys()].some((lease) => (settled.get(lease) ?? 0) < (this.#ends.get(lease) ?? 0));
    return Promise.resolve(!behind);
  }

  splits(): Promise<readonly string[]> {
    return Promise.resolve([...this.#leases.keys()].map((lease) => lease.id));
  }

  async close(): Promise<void> {
    await this.stopIntake();
    for (const { topic } of this.#topics) topic.readers.delete(this);
  }
}

function bytes(value: Uint8Array | string | null): Uint8Array | null {
  return typeof value === 'string' ? encoder.encode(value) : value;
}

export function asText({ key, value, timestamp }: ConsumerRecord): OutputRecord {
  return {
    key: key === null ? null : decoder.decode(key),
    value: value === null ? null : decoder.decode(value),
    timestamp,
  };
}
