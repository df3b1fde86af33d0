import type { Acknowledgement, Clock, ConsumerRecord, ProducerRecord } from '@millrace/core';
import { messageOf } from '@millrace/core';
import { StoreDamagedError, TopicMissingError } from '../errors.js';
import type { Environment } from '../storage/environment.js';
import type { GroupCommit } from '../storage/group-commit.js';
import { AppendCollector } from './append-collector.js';
import { decodeBatch } from './batch-codec.js';
import { baseOffsetOf, batchKey } from './log-keys.js';
import { checkTopic, loadTopics, storeTopic } from './topic-store.js';
import type { Partition, PlacedRecord, Topic, TopicInfo } from './topic.js';

/** Records that are stored together with others of the same call: see `TopicLog.append`. */
export interface TopicRecords {
  readonly topic: string;
  readonly records: readonly ProducerRecord[];
}

/** A read gives back at most about this much, so that 500 large records do not fill the memory. */
const MAX_READ_BYTES = 4 * 2 ** 20;

/** The durable log: topics of partitions of records with offsets from 0 without gaps, like Kafka's. */
export class TopicLog {
  readonly #environment: Environment;
  readonly #commits: GroupCommit;
  readonly #clock: Clock;
  readonly #directory: string;
  readonly #topics = new Map<string, Topic>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #collector: AppendCollector;

  constructor(environment: Environment, commits: GroupCommit, clock: Clock, directory: string) {
    this.#environment = environment;
    this.#commits = commits;
    this.#clock = clock;
    this.#directory = directory;
    this.#collector = new AppendCollector(environment, commits, (topics) => {
      for (const topic of topics) for (const listener of [...(this.#listeners.get(topic) ?? [])]) listener();
    });
    for (const topic of loadTopics(environment)) this.#topics.set(topic.name, topic);
  }

  /** All topics, in the order of their names. */
  topics(): readonly TopicInfo[] {
    return [...this.#topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The topic, undefined where there is none. */
  topic(name: string): TopicInfo | undefined {
    return this.#topics.get(name);
  }

  /**
   * Creates a topic; one that exists keeps its own number of partitions. Resolves when it is durable.
   *
   * @throws TopicInvalidError for a name that Kafka would refuse or a number of partitions out of range
   */
  async createTopic(name: string, partitions: number): Promise<TopicInfo & { readonly created: boolean }> {
    checkTopic(name, partitions);
    let created: Topic | undefined;
    return new Promise((resolve, reject) => {
      this.#commits.enqueue({
        apply: () => {
          if (this.#topics.has(name)) return;
          created = storeTopic(this.#environment, name, partitions, this.#topics.values());
          // At once, for the operations behind this one in the same transaction.
          this.#topics.set(name, created);
        },
        committed: () => resolve({ name, partitions: this.require(name).partitions, created: created !== undefined }),
        failed: (error) => {
          if (created !== undefined) this.#topics.delete(name);
          reject(error);
        },
      });
    });
  }

  /**
   * Appends records to one topic or, given a list, to several at once: all of them or, with an error, none. Order is
   * kept within each partition. A record goes to the partition that it names, else to that of its key, else round robin.
   *
   * @throws TopicMissingError, RecordInvalidError, StoreWriteError
   */
  async append(topic: string, records: readonly ProducerRecord[]): Promise<void>;
  async append(groups: readonly TopicRecords[]): Promise<void>;
  async append(
    topicOrGroups: string | readonly TopicRecords[],
    records: readonly ProducerRecord[] = [],
  ): Promise<void> {
    const groups = typeof topicOrGroups === 'string' ? [{ topic: topicOrGroups, records }] : topicOrGroups;
    const now = this.#clock.now();
    const placed = groups.flatMap((group) => {
      const topic = this.require(group.topic);
      return group.records.map((record) => topic.place(record, now));
    });
    await new Promise<void>((resolve, reject) => {
      this.add(placed, { done: resolve, failed: reject });
    });
  }

  /**
   * Offset of the next record of the partition, which is the number of records in it.
   *
   * @throws TopicMissingError
   */
  endOffset(topic: string, partition: number): number {
    return this.#partition(this.require(topic), partition).end;
  }

  /**
   * Durable records of a partition from `offset` on: at most `maxRecords` and about 4 MiB, in order; none at the end.
   *
   * @throws TopicMissingError
   */
  read(topic: string, partition: number, offset: number, maxRecords = 500): ConsumerRecord[] {
    const stored = this.require(topic);
    const records: ConsumerRecord[] = [];
    if (offset >= this.#partition(stored, partition).end) return records;
    let bytes = 0;
    const batches = this.#environment.log.getRange({
      start: this.#batchAt(stored.id, partition, offset),
      end: batchKey(stored.id, partition + 1, 0),
    });
    try {
      for (const { key, value } of batches) {
        decodeBatch(value, topic, partition, baseOffsetOf(key), offset, maxRecords, records);
        bytes += value.length;
        if (records.length >= maxRecords || bytes >= MAX_READ_BYTES) break;
      }
      if (records[0]?.offset !== offset) throw new Error('records are missing');
    } catch (error) {
      throw new StoreDamagedError(
        this.#environment.path,
        `topic ${topic}, partition ${String(partition)}, near offset ${String(offset + records.length)}: ${messageOf(error)}`,
        error,
      );
    }
    return records;
  }

  /**
   * All records that the topic has now, partition by partition, in offset order. Reads as it is iterated; memory is flat.
   *
   * @throws TopicMissingError
   */
  *readAll(topic: string): Generator<ConsumerRecord, void, undefined> {
    const { partitions } = this.require(topic);
    const ends = Array.from({ length: partitions }, (_, partition) => this.endOffset(topic, partition));
    for (const [partition, end] of ends.entries()) {
      for (let offset = 0; offset < end;) {
        const records = this.read(topic, partition, offset, Math.min(500, end - offset));
        yield* records;
        offset += records.length;
      }
    }
  }

  /** Calls `listener` after each commit that added records to the topic. Returns a function that ends it. */
  onAppend(topic: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** @internal @throws TopicMissingError */
  require(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new TopicMissingError(name, this.#directory);
    return topic;
  }

  /** @internal Appends records that were placed; the acknowledgement is for all of them. */
  add(records: readonly PlacedRecord[], acknowledgement: Acknowledgement): void {
    this.#collector.add(records, acknowledgement);
  }

  #partition(topic: Topic, index: number): Partition {
    const partition = topic.partition(index);
    if (partition === undefined) throw new RangeError(`topic ${topic.name} has no partition ${String(index)}`);
    return partition;
  }

  /** Key of the batch that holds `offset`. */
  #batchAt(topicId: number, partition: number, offset: number): Buffer {
    const keys = this.#environment.log.getKeys({
      start: batchKey(topicId, partition, offset),
      end: batchKey(topicId, partition, 0),
      inclusiveEnd: true,
      reverse: true,
      limit: 1,
    });
    for (const key of keys) return key;
    return batchKey(topicId, partition, offset);
  }
}
