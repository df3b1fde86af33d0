import type { Clock, SplitLease } from '@millrace/core';
import type { PartitionRange } from '../connection/offsets.js';
import { type Leases, type PartitionSplit, splitOf } from './leases.js';
import type { ResolvedSourceOptions } from './options.js';

/** Partitions that others read are asked for at most this often. */
const ASK_EVERY_MS = 500;

/** The end of a bounded run: what stood in all partitions of the topics at one moment. */
export class EndOfInput {
  readonly #options: ResolvedSourceOptions;
  readonly #leases: Leases;
  readonly #clock: Clock;
  /** Partitions that are not drained yet, with the offset that they are to be read up to. */
  #open: { readonly split: PartitionSplit; readonly end: number }[] | undefined;
  #askedAt = -Infinity;

  constructor(options: ResolvedSourceOptions, leases: Leases, clock: Clock) {
    this.#options = options;
    this.#leases = leases;
    this.#clock = clock;
  }

  async capture(): Promise<void> {
    const open: { split: PartitionSplit; end: number }[] = [];
    for (const topic of this.#options.topics) {
      const { connection, groupId } = this.#options;
      const [committed, ranges] = await Promise.all([
        connection.groupOffsets(groupId, topic),
        connection.partitionRanges(topic),
      ]);
      for (const [partition, { earliest, end }] of ranges) {
        // One that is empty and was not, when the group last read it: that is to be noticed before the run may end.
        if (end > earliest || (committed.get(partition) ?? end) < earliest)
          open.push({ split: splitOf(topic, partition), end });
      }
    }
    this.#open = open;
    this.#askedAt = -Infinity;
  }

  /** @throws what the brokers' answer threw; ask again */
  async isReached(settled: ReadonlyMap<SplitLease, number>): Promise<boolean> {
    if (this.#open === undefined) return false;
    const positions = new Map([...settled].map(([lease, position]) => [lease.id, position]));
    this.#open = this.#open.filter(({ split, end }) => {
      const held = this.#leases.find(split.topic, split.partition);
      if (held === undefined) return true;
      const position = positions.get(split.id) ?? held.settled;
      return !(held.reach(position) >= end && held.drainedUpTo(end));
    });
    if (this.#open.length === 0) return true;
    // What is left is read by others, or has been deleted from the log: only the brokers know.
    const now = this.#clock.monotonic();
    if (now - this.#askedAt < ASK_EVERY_MS) return false;
    this.#askedAt = now;
    await this.#ask();
    return this.#open.length === 0;
  }

  async #ask(): Promise<void> {
    const { connection, groupId } = this.#options;
    for (const topic of new Set(this.#open?.map(({ split }) => split.topic))) {
      const [committed, ranges] = await Promise.all([
        connection.groupOffsets(groupId, topic),
        connection.partitionRanges(topic),
      ]);
      this.#open = this.#open?.filter(
        ({ split, end }) => split.topic !== topic || !this.#hasPassed(split, end, committed, ranges),
      );
    }
  }

  /**
   * Read up to its end by others, or deleted from the log. What this process has is at its end when that shows here, and
   * what another one is to read when that one has noticed: both commit behind what they miss.
   */
  #hasPassed(
    { topic, partition }: PartitionSplit,
    end: number,
    committed: ReadonlyMap<number, number>,
    ranges: ReadonlyMap<number, PartitionRange>,
  ): boolean {
    const offset = committed.get(partition);
    if (offset !== undefined && offset >= end) return true;
    if (this.#leases.find(topic, partition) !== undefined) return false;
    const earliest = ranges.get(partition)?.earliest ?? -1;
    return earliest >= end && (offset === undefined || offset >= earliest);
  }
}
