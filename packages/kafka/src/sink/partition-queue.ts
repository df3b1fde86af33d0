import type { Entry } from './entry.js';
import { BATCH_OVERHEAD } from './message.js';

/** How much of one partition goes into one request: kafkajs makes a single record batch of it. */
export interface BatchLimits {
  /** Grouping in kafkajs is quadratic in the records of a partition (1,000 take 3 ms, 20,000 take 1.5 s). */
  readonly maxRecords: number;
  /** The broker's limit is on the batch, after encoding. */
  readonly maxBytes: number;
}

const COMPACT_AFTER = 1024;

/**
 * What waits for one partition, in order. A batch is looked at, sent, and only then removed: what failed is still at the
 * head, so that records of one key keep their order over retries.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  #entries: (Entry | undefined)[] = [];
  #head = 0;
  /** Requests that failed in a row. */
  failures = 0;
  /** When the first of these failed, on the monotonic clock. */
  failingSince = 0;
  /** Not to be sent before this time of the monotonic clock. */
  notBefore = 0;
  /** To be sent in a request of its own: the broker's answer does not say which partition it refused. */
  alone = false;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get length(): number {
    return this.#entries.length - this.#head;
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** The first entries that fit the limits; at least one, however large. Settled ones at the head are dropped. */
  peek(limits: BatchLimits): Entry[] {
    while (this.#head < this.#entries.length && this.#entries[this.#head]!.settled) this.#drop();
    const batch: Entry[] = [];
    let bytes = BATCH_OVERHEAD;
    for (let i = this.#head; i < this.#entries.length && batch.length < limits.maxRecords; i++) {
      const entry = this.#entries[i]!;
      if (batch.length > 0 && bytes + entry.bytes > limits.maxBytes) break;
      bytes += entry.bytes;
      batch.push(entry);
    }
    this.#compact();
    return batch;
  }

  /** Takes the first `count` entries away. */
  remove(count: number): void {
    for (let i = 0; i < count; i++) this.#drop();
    this.#compact();
  }

  /** Puts `entry` in the place of the first one. */
  replaceFirst(entry: Entry): void {
    this.#entries[this.#head] = entry;
  }

  /** Everything that waits, settled entries included. */
  *entries(): Generator<Entry> {
    for (let i = this.#head; i < this.#entries.length; i++) yield this.#entries[i]!;
  }

  #drop(): void {
    // The slot is cleared at once: until the array is compacted it would keep the record alive.
    this.#entries[this.#head++] = undefined;
  }

  #compact(): void {
    if (this.#head === this.#entries.length) {
      this.#entries = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT_AFTER && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }
}

/** Bytes that a batch takes at most. */
export function batchBytes(entries: readonly Entry[]): number {
  let bytes = BATCH_OVERHEAD;
  for (const entry of entries) bytes += entry.bytes;
  return bytes;
}
