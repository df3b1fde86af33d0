import { partitionForKey } from '@millrace/core';
import type { ProducerRecord } from '@millrace/core';
import { RecordInvalidError } from '../errors.js';
import { bytesOf, sizeOf } from './batch-codec.js';
import type { EncodableRecord } from './batch-codec.js';

/** A topic as it is known outside. */
export interface TopicInfo {
  readonly name: string;
  readonly partitions: number;
}

/** One partition, as far as it is kept in memory. */
export interface Partition {
  readonly topic: Topic;
  readonly index: number;
  /** Offset of the next record, as committed. */
  end: number;
  /** The same inside the running transaction. */
  next: number;
}

/** A record that was checked, with the partition that it goes to. */
export interface PlacedRecord extends EncodableRecord {
  readonly partition: Partition;
}

/** Largest record, in bytes of key, value and headers. */
export const MAX_RECORD_BYTES = 8 * 2 ** 20;

export class Topic implements TopicInfo {
  readonly name: string;
  /** Number that the keys of the topic's records begin with. */
  readonly id: number;
  readonly #partitions: readonly Partition[];
  #nextKeyless = 0;

  /** @param ends the next offset of each partition */
  constructor(name: string, id: number, ends: readonly number[]) {
    this.name = name;
    this.id = id;
    this.#partitions = ends.map((end, index) => ({ topic: this, index, end, next: end }));
  }

  get partitions(): number {
    return this.#partitions.length;
  }

  partition(index: number): Partition | undefined {
    return this.#partitions[index];
  }

  /**
   * Checks a record and chooses its partition: the one that it names, else the one of its key (murmur2, as Kafka's
   * default partitioner), else the next in turn.
   *
   * @throws RecordInvalidError
   */
  place(record: ProducerRecord, now: number): PlacedRecord {
    const key = bytesOf(record.key);
    const value = bytesOf(record.value);
    const size = sizeOf({ key, value, headers: record.headers });
    if (size > MAX_RECORD_BYTES) {
      throw new RecordInvalidError(
        this.name,
        `a record of ${String(size)} bytes exceeds the limit of ${String(MAX_RECORD_BYTES)}`,
      );
    }
    const timestamp = record.timestamp ?? now;
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
      throw new RecordInvalidError(
        this.name,
        `timestamp ${String(timestamp)} is no whole number of milliseconds from 0 on`,
      );
    }
    return { key, value, headers: record.headers, timestamp, partition: this.#choose(record.partition, key) };
  }

  #choose(named: number | undefined, key: Uint8Array | null): Partition {
    if (named !== undefined) {
      const partition = this.#partitions[named];
      if (partition !== undefined) return partition;
      throw new RecordInvalidError(
        this.name,
        `there is no partition ${String(named)}, only 0 to ${String(this.partitions - 1)}`,
      );
    }
    if (key !== null) return this.#partitions[partitionForKey(key, this.partitions)]!;
    const partition = this.#partitions[this.#nextKeyless]!;
    this.#nextKeyless = (this.#nextKeyless + 1) % this.partitions;
    return partition;
  }
}
