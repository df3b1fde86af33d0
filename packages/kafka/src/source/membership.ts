import type { Consumer } from 'kafkajs';
import { type ConsumerRecord, failPoint, messageOf, sleep, type SourceHost, type SplitLease } from '@millrace/core';
import type { Heartbeat } from './heartbeat.js';
import { HeldLease, type PartitionSplit, type Leases } from './leases.js';
import type { PartitionRange } from '../connection/offsets.js';
import type { ResolvedSourceOptions } from './options.js';
import { tellMissed } from './missed.js';
import { settledWithin } from './settled-within.js';
import { beginning, startPosition, type StartPosition } from './start-position.js';

/** How much longer than its timeout a drain may take before we rejoin without waiting for it. */
const DRAIN_GRACE_MS = 1_000;
const LOOKUP_RETRY_MS = 1_000;

interface Start extends StartPosition {
  readonly split: PartitionSplit;
  readonly committed: number | undefined;
  readonly range: PartitionRange;
}

export interface MembershipParts {
  readonly options: ResolvedSourceOptions;
  readonly host: SourceHost<ConsumerRecord>;
  readonly leases: Leases;
  readonly heartbeat: Heartbeat;
  readonly consumer: Pick<Consumer, 'pause' | 'resume' | 'seek'>;
  /** Commits positions of held leases. */
  readonly commit: (offsets: ReadonlyMap<SplitLease, number>) => Promise<void>;
  /** Whether partitions are still wanted (false once the intake has stopped). */
  readonly isOpen: () => boolean;
}

/**
 * Follows the group's rebalances: before the member joins, its partitions are drained, committed and given up while they
 * are still its own; after it has joined, positions are looked up, partitions are handed to the runtime, sought, and
 * only then fetched. Each assignment has a number; what belongs to an older one is dropped.
 */
export class Membership {
  readonly #parts: MembershipParts;
  /** Number of the current assignment; grows when one begins and when one ends. */
  #generation = 0;
  #assigning: Promise<void> = Promise.resolve();
  #isAssigning = false;
  #releasing: Promise<void> | undefined;
  #evicted = false;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  /** Whether partitions are being given up: nothing more is handed over. */
  get isReleasing(): boolean {
    return this.#releasing !== undefined;
  }

  /** The coordinator no longer knows this member: what it had may be somebody else's already. */
  evicted(): void {
    this.#evicted = true;
  }

  /**
   * Resolves when the assignment under way has been handed to the runtime, after `timeoutMs` at the latest; undefined
   * where none is. A fetch before that would find its partitions paused, and sleep.
   */
  whenAssigned(timeoutMs: number): Promise<void> | undefined {
    if (!this.#isAssigning) return undefined;
    return settledWithin(this.#parts.host.clock, timeoutMs, this.#assigning);
  }

  /** Gives all partitions up; shared by callers that come while it is under way. */
  release(): Promise<void> {
    this.#generation++;
    this.#isAssigning = false;
    this.#releasing ??= this.#releaseAll().finally(() => {
      this.#releasing = undefined;
    });
    return this.#releasing;
  }

  /** The member has joined: `splits` are its own from now on. Synchronous up to the pause, so that nothing is fetched. */
  joined(splits: readonly PartitionSplit[]): void {
    const { consumer, host } = this.#parts;
    const generation = ++this.#generation;
    this.#evicted = false;
    if (splits.length > 0) consumer.pause(byTopic(splits));
    this.#isAssigning = true;
    this.#assigning = this.#assigning
      .then(() => this.#assign(generation, splits))
      .catch((error: unknown) => {
        if (generation === this.#generation && this.#parts.isOpen()) host.fail(error);
      })
      .finally(() => {
        if (generation === this.#generation) this.#isAssigning = false;
      });
  }

  async #releaseAll(): Promise<void> {
    const { host, leases, heartbeat, options } = this.#parts;
    const held = leases.all();
    if (held.length === 0) return;
    failPoint(this.#evicted ? 'rebalance-lost' : 'rebalance-revoked');
    const given = held.map(({ lease }) => lease);
    this.#pause(held.map(({ split }) => split));
    if (this.#evicted) {
      host.logger.warn({ splits: given.map(({ id }) => id) }, 'evicted from the group, partitions are lost');
      host.lose(given);
    } else {
      // The members of the group wait for us, and heartbeats keep us among them meanwhile.
      const waiting = heartbeat.enter('the drain of revoked partitions');
      const patience = new AbortController();
      const limit = sleep(host.clock, options.revokeTimeoutMs + DRAIN_GRACE_MS, patience.signal);
      await Promise.race([host.revoke(given, options.revokeTimeoutMs), limit]).catch(() => undefined);
      patience.abort(new Error('drained'));
      await limit.catch(() => undefined);
      heartbeat.leave(waiting);
    }
    for (const each of held) leases.release(each);
    failPoint('rebalance-released');
  }

  /** Fetchers of other brokers may go on while one rejoins; what they bring is not wanted. */
  #pause(splits: readonly PartitionSplit[]): void {
    try {
      this.#parts.consumer.pause(byTopic(splits));
    } catch {
      // The consumer is not running: it fetches nothing.
    }
  }

  async #assign(generation: number, splits: readonly PartitionSplit[]): Promise<void> {
    const { host, leases, consumer, options } = this.#parts;
    const isCurrent = (): boolean => generation === this.#generation && this.#parts.isOpen();
    if (!isCurrent()) return;
    if (leases.size > 0) await this.#releaseAll();
    if (splits.length === 0) {
      host.logger.info({ group: this.#parts.options.groupId }, 'no partition for this process: it is a spare');
      return;
    }
    failPoint('rebalance-assigned');
    const starts = await this.#lookUp(splits, isCurrent);
    if (starts === undefined) return;
    const given = await host.assign(
      starts.map(({ split, position }) => ({ id: split.id, position, task: String(split.partition) })),
    );
    failPoint('rebalance-restored');
    if (!isCurrent()) {
      host.lose(given);
      return;
    }
    const commits = new Map<SplitLease, number>();
    for (const [i, start] of starts.entries()) {
      const lease = given[i]!;
      const { position, missedFrom } = beginning(start, lease.startPosition, start.range, options.autoOffsetReset);
      if (missedFrom !== undefined) tellMissed(host, start.split, missedFrom, position);
      // An offset that leads nowhere counts as none: a later commit must replace it, also where it is larger.
      const committed = start.outOfRange === undefined ? start.committed : undefined;
      leases.take(new HeldLease(lease, start.split, position, committed));
      consumer.seek({ topic: start.split.topic, partition: start.split.partition, offset: String(position) });
      if (start.commit && position === start.position) commits.set(lease, position);
    }
    consumer.resume(byTopic(splits));
    failPoint('rebalance-resumed');
    if (commits.size > 0) {
      await this.#parts.commit(commits).catch((error: unknown) => {
        host.logger.warn({ error: messageOf(error) }, 'the position begun at was not committed');
      });
    }
  }

  /** Where to begin in each split; tries until it knows, undefined when the assignment has ended meanwhile. */
  async #lookUp(splits: readonly PartitionSplit[], isCurrent: () => boolean): Promise<Start[] | undefined> {
    const { host } = this.#parts;
    for (;;) {
      try {
        const starts = await this.#startPositions(splits);
        return isCurrent() ? starts : undefined;
      } catch (error) {
        if (!isCurrent()) return undefined;
        host.logger.warn({ error: messageOf(error) }, 'committed offsets could not be read, trying again');
        await sleep(host.clock, LOOKUP_RETRY_MS, host.signal);
      }
    }
  }

  async #startPositions(splits: readonly PartitionSplit[]): Promise<Start[]> {
    const { options, leases, host } = this.#parts;
    const { connection, groupId, autoOffsetReset } = options;
    const starts: Start[] = [];
    for (const [topic, ofTopic] of groupByTopic(splits)) {
      const [committed, ranges] = await Promise.all([
        connection.groupOffsets(groupId, topic),
        connection.partitionRanges(topic),
      ]);
      let watermarks: ReadonlyMap<number, number> | undefined;
      for (const split of ofTopic) {
        const range = ranges.get(split.partition);
        if (range === undefined) throw new Error(`${split.id} was assigned, and has no offsets yet`);
        const offset = committed.get(split.partition);
        const settled = leases.settledBefore(split);
        let { end } = range;
        if (Math.max(offset ?? -1, settled ?? -1) > end) {
          // An open transaction may lie between; a reader of uncommitted records may have been here before.
          watermarks ??= await connection.highWatermarks(topic);
          end = Math.max(end, watermarks.get(split.partition) ?? end);
        }
        const start = startPosition(offset, settled, { earliest: range.earliest, end }, autoOffsetReset);
        if (start.outOfRange !== undefined && start.outOfRange > end) {
          host.logger.error(
            { split: split.id, offset: start.outOfRange, earliest: range.earliest, end, position: start.position },
            `the group's offset is not in the log any more, going on at the ${autoOffsetReset} one`,
          );
        }
        starts.push({ ...start, split, committed: offset, range: { earliest: range.earliest, end } });
      }
    }
    return starts;
  }
}

function groupByTopic(splits: readonly PartitionSplit[]): Map<string, PartitionSplit[]> {
  const topics = new Map<string, PartitionSplit[]>();
  for (const split of splits) {
    const ofTopic = topics.get(split.topic);
    if (ofTopic === undefined) topics.set(split.topic, [split]);
    else ofTopic.push(split);
  }
  return topics;
}

/** As kafkajs's pause and resume want it. */
export function byTopic(splits: readonly PartitionSplit[]): { topic: string; partitions: number[] }[] {
  return [...groupByTopic(splits)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(({ partition }) => partition),
  }));
}
