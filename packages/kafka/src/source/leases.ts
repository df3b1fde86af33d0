import type { SplitLease } from '@millrace/core';

/** A partition as a split. */
export interface PartitionSplit {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
}

export function splitOf(topic: string, partition: number): PartitionSplit {
  return { id: `${topic}-${String(partition)}`, topic, partition };
}

/** A lease with what is known of its partition. All positions are next offsets. */
export class HeldLease {
  readonly lease: SplitLease;
  readonly split: PartitionSplit;
  /** Where reading began. */
  readonly start: number;
  /** Behind the last record handed to the runtime. */
  handed: number;
  /** Behind the last offset seen, transaction markers and removed records included; never less than `handed`. */
  seen: number;
  /** What the runtime last called settled. */
  settled: number;
  /** What the brokers have acknowledged for the group. */
  committed: number | undefined;
  /** High watermark of the last fetch. */
  end: number;

  constructor(lease: SplitLease, split: PartitionSplit, start: number, committed: number | undefined) {
    this.lease = lease;
    this.split = split;
    this.start = start;
    this.handed = start;
    this.seen = start;
    this.settled = start;
    this.committed = committed;
    this.end = start;
  }

  handOver(nextPosition: number): void {
    this.handed = nextPosition;
    this.seen = Math.max(this.seen, nextPosition);
  }

  /** `position` moved over what needs no processing, where nothing is unsettled before it. */
  reach(position: number): number {
    return position >= this.handed ? Math.max(position, this.seen) : position;
  }

  /** Whether everything before `end` is settled and committed. */
  drainedUpTo(end: number): boolean {
    return this.start >= end || (this.committed !== undefined && this.committed >= end);
  }
}

export interface PartitionOffset {
  readonly held: HeldLease;
  readonly offset: number;
}

/** The leases of this process, and what it remembers of partitions that it had. */
export class Leases {
  readonly #held = new Map<string, HeldLease>();
  readonly #settled = new Map<string, number>();

  get size(): number {
    return this.#held.size;
  }

  all(): HeldLease[] {
    return [...this.#held.values()];
  }

  find(topic: string, partition: number): HeldLease | undefined {
    return this.#held.get(splitOf(topic, partition).id);
  }

  isCurrent(held: HeldLease): boolean {
    return this.#held.get(held.split.id) === held;
  }

  /** The held lease for one that the runtime names; undefined where it is of an older assignment. */
  current(lease: SplitLease): HeldLease | undefined {
    const held = this.#held.get(lease.id);
    return held?.lease.epoch === lease.epoch ? held : undefined;
  }

  take(held: HeldLease): void {
    this.#held.set(held.split.id, held);
  }

  /** Gives a lease up; what it had settled is remembered for the next time. */
  release(held: HeldLease): void {
    if (!this.isCurrent(held)) return;
    this.#held.delete(held.split.id);
    this.#settled.set(held.split.id, held.reach(held.settled));
  }

  /** Where this process stood in a partition that it had before. */
  settledBefore(split: PartitionSplit): number | undefined {
    return this.#settled.get(split.id);
  }

  /** Takes note of settled positions and says what to commit for the current leases; others are left out. */
  settle(positions: ReadonlyMap<SplitLease, number>): PartitionOffset[] {
    const offsets: PartitionOffset[] = [];
    for (const [lease, position] of positions) {
      const held = this.current(lease);
      if (held === undefined) continue;
      held.settled = Math.max(held.settled, position);
      const offset = held.reach(held.settled);
      if (held.committed === undefined || offset > held.committed) offsets.push({ held, offset });
    }
    return offsets;
  }
}
