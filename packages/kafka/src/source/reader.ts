import type { Broker, Consumer, EachBatchPayload } from 'kafkajs';
import {
  type ConsumerRecord,
  messageOf,
  sleep,
  type SourceHost,
  type SourceReader,
  type SplitLease,
} from '@millrace/core';
import { ConsumerCrashedError } from '../errors.js';
import { isEvicted, isRebalance } from '../error-kind.js';
import { fetchCure, PartitionAssigners } from '../kafkajs/library.js';
import { BatchHandler } from './batch-handler.js';
import { EndOfInput } from './end-of-input.js';
import { coPartitionAssigner } from './co-partition-assigner.js';
import { type GroupHooks, hooked, RejoinSignal } from './group-hooks.js';
import { Heartbeat } from './heartbeat.js';
import { type HeldLease, Leases, splitOf } from './leases.js';
import { byTopic, Membership } from './membership.js';
import { tellMissed } from './missed.js';
import { OffsetCommitter } from './offset-committer.js';
import { isCoPartitioned, type ResolvedSourceOptions } from './options.js';
import { settledWithin } from './settled-within.js';
import { resetPosition } from './start-position.js';

/** How long the coordinator may be out of reach before the member looks for another one. */
const COORDINATOR_PATIENCE_MS = 5_000;
/** kafkajs calls itself running some promises after it has told of the join, and leaves only when it runs. */
const AFTER_JOIN_MS = 20;
const OUTAGE_LINE_EVERY_MS = 30_000;

/** A consumer of one group, as the runtime sees it. */
export class KafkaSourceReader implements SourceReader, GroupHooks {
  readonly #options: ResolvedSourceOptions;
  readonly #host: SourceHost<ConsumerRecord>;
  readonly #leases = new Leases();
  readonly #consumer: Consumer;
  readonly #heartbeat: Heartbeat;
  readonly #membership: Membership;
  readonly #handler: BatchHandler;
  readonly #end: EndOfInput;
  readonly #committer: OffsetCommitter;
  /** The latest handler's: its `heartbeat` and `commitOffsetsIfNecessary` work between handlers too. */
  #payload: EachBatchPayload | undefined;
  #coordinator: Broker | undefined;
  #heardFromCoordinator = 0;
  #lastSign: number;
  #toldOfOutage = -Infinity;
  #crashed: string | undefined;
  #isTaking = true;
  #isClosed = false;
  #tailCommit: Promise<void> | undefined;
  /** Resolves when the join that is under way has ended; undefined while none is. */
  #joining: Promise<void> | undefined;
  #endJoining: (() => void) | undefined;
  /** Partitions were given up for a join that has not come about yet. */
  #isBetween = false;

  constructor(options: ResolvedSourceOptions, host: SourceHost<ConsumerRecord>) {
    this.#options = options;
    this.#host = host;
    this.#lastSign = host.clock.monotonic();
    this.#consumer = options.connection.createConsumerClient().consumer({
      groupId: options.groupId,
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: options.rebalanceTimeoutMs,
      heartbeatInterval: options.heartbeatIntervalMs,
      maxWaitTimeInMs: options.maxWaitTimeMs,
      maxBytesPerPartition: options.maxBytesPerPartition,
      maxBytes: options.maxBytes,
      metadataMaxAge: options.metadataMaxAgeMs,
      allowAutoTopicCreation: false,
      readUncommitted: false,
      // A member that knows kafkajs's alone may be in the group of one topic: there it does not matter who reads what.
      partitionAssigners: isCoPartitioned(options)
        ? [hooked(coPartitionAssigner, this)]
        : [hooked(coPartitionAssigner, this), PartitionAssigners.roundRobin],
      // Three minutes of tries at most 3 s apart before kafkajs gives up and starts anew as another member: until then
      // an outage costs no more than the wait, and the coordinator still knows us when it is back.
      retry: {
        initialRetryTime: 200,
        maxRetryTime: 3_000,
        retries: 60,
        restartOnFailure: () => Promise.resolve(!this.#isClosed),
      },
    });
    this.#heartbeat = new Heartbeat({
      clock: host.clock,
      intervalMs: options.heartbeatIntervalMs,
      stallTimeoutMs: options.stallTimeoutMs,
      beat: () => this.#beat(),
      onStall: (line) =>
        host.logger.error({ group: options.groupId }, `${line}: heartbeats stop, partitions go to others`),
    });
    this.#membership = new Membership({
      options,
      host,
      leases: this.#leases,
      heartbeat: this.#heartbeat,
      consumer: this.#consumer,
      commit: (positions) => this.commit(positions),
      isOpen: () => this.#isTaking && !this.#isClosed,
    });
    this.#handler = new BatchHandler({
      host,
      leases: this.#leases,
      heartbeat: this.#heartbeat,
      consumer: this.#consumer,
      isTaking: () => this.#isTaking && !this.#isClosed && !this.#membership.isReleasing,
    });
    this.#committer = new OffsetCommitter(options.groupId, this.#consumer, host.metrics);
    this.#end = new EndOfInput(options, this.#leases, host.clock);
    this.#listen();
  }

  /** Connects and starts to consume; joining the group goes on in the background. */
  async start(partitions: number): Promise<void> {
    const { topics, autoOffsetReset } = this.#options;
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: autoOffsetReset === 'earliest' });
    this.#beginJoining();
    void this.#consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        // A broker's next fetch waits for all batches of the last: with fewer workers partitions wait for each other.
        partitionsConsumedConcurrently: Math.max(1, partitions),
        eachBatch: (payload) => {
          this.#payload = payload;
          return this.#handler.handle(payload);
        },
      })
      .catch((error: unknown) => this.#giveUp(error));
    const { metrics } = this.#host;
    metrics.gauge(
      'records-lag-max',
      () => this.#lag(),
      'records behind the end of the partition that is furthest behind',
    );
    const isFast = fetchCure.applied ? 1 : 0;
    metrics.gauge('recordDecoderReplaced', () => isFast, '1: this package decodes records, 0: kafkajs does');
  }

  async beforeJoin(coordinator: Broker): Promise<void> {
    if (this.#isClosed) throw closedError();
    const released = this.#membership.release();
    this.#handler.wake();
    await released;
    this.#handler.wake();
    this.#beginJoining();
    this.#isBetween = true;
    this.#coordinator = coordinator;
    this.#heard();
  }

  joinFailed(): void {
    this.#endJoining?.();
  }

  beforeFetch(): Promise<void> | undefined {
    if (this.#isClosed) throw closedError();
    this.#lastSign = this.#host.clock.monotonic();
    if (this.#isCoordinatorLost()) throw new RejoinSignal('the coordinator is out of reach, looking for it again');
    return this.#isBetween ? this.#untilJoined() : this.#membership.whenAssigned(this.#options.heartbeatIntervalMs);
  }

  /** Another broker's fetcher may be joining. Else that failed, and kafkajs would beat on as a member that fetches nothing. */
  async #untilJoined(): Promise<void> {
    await settledWithin(this.#host.clock, this.#options.heartbeatIntervalMs, this.#joining);
    if (this.#isClosed) throw closedError();
    if (this.#isBetween) throw new RejoinSignal('the group was not joined, trying again');
    await this.#membership.whenAssigned(this.#options.heartbeatIntervalMs);
  }

  outOfReach(error: unknown): void {
    const now = this.#host.clock.monotonic();
    this.#lastSign = now;
    if (this.#isClosed || now - this.#toldOfOutage < OUTAGE_LINE_EVERY_MS) return;
    this.#toldOfOutage = now;
    const { connection, groupId } = this.#options;
    this.#host.logger.warn(
      { group: groupId, error: messageOf(error) },
      `Kafka at ${connection.address} cannot be reached, trying on`,
    );
  }

  async outOfRange(topic: string, partition: number): Promise<boolean> {
    const held = this.#leases.find(topic, partition);
    // Given up while the fetch was under way: whoever has it next begins where it is right.
    if (held === undefined) return true;
    const { connection, autoOffsetReset, maxWaitTimeMs } = this.#options;
    const range = await connection.partitionRanges(topic).then(
      (ranges) => ranges.get(partition),
      () => undefined,
    );
    if (!this.#leases.isCurrent(held)) return true;
    // What it has in hand was read before it was deleted, and is counted as read.
    if (range === undefined || this.#handler.isBusy(held)) {
      await sleep(this.#host.clock, maxWaitTimeMs);
      return true;
    }
    if (held.seen > range.end) return false;
    const position = held.seen >= range.earliest ? held.seen : resetPosition(range, autoOffsetReset);
    this.#quietly(() => this.#consumer.seek({ topic, partition, offset: String(position) }));
    if (position === held.seen) return true;
    tellMissed(this.#host, held.split, held.seen, position);
    this.#passedOver(topic, partition, position - 1);
    return true;
  }

  async commit(positions: ReadonlyMap<SplitLease, number>): Promise<void> {
    const offsets = this.#leases.settle(positions);
    if (offsets.length > 0) await this.#committer.commit(offsets, this.#payload);
  }

  stopIntake(): Promise<void> {
    this.#isTaking = false;
    // From now on kafkajs only keeps the member alive.
    const held = this.#leases.all();
    if (held.length > 0) this.#quietly(() => this.#consumer.pause(byTopic(held.map(({ split }) => split))));
    return Promise.resolve();
  }

  async splits(): Promise<readonly string[]> {
    const { topics, connection } = this.#options;
    const ofTopics = await Promise.all(
      topics.map(async (topic) =>
        [...(await connection.partitionRanges(topic)).keys()].map((n) => splitOf(topic, n).id),
      ),
    );
    return ofTopics.flat();
  }

  async captureEnd(): Promise<void> {
    await this.#end.capture();
  }

  async isDrained(settled: ReadonlyMap<SplitLease, number>): Promise<boolean> {
    for (const held of this.#leases.all()) if (held.seen > held.handed) this.#commitTail(held);
    return await this.#end.isReached(settled);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isTaking = false;
    for (const held of this.#leases.all()) this.#leases.release(held);
    this.#handler.wake();
    const { closeTimeoutMs } = this.#options;
    await new Promise<void>((resolve) => {
      const cancel = this.#host.clock.setTimer(closeTimeoutMs, () => {
        this.#host.logger.warn({ group: this.#options.groupId, closeTimeoutMs }, 'the consumer did not leave in time');
        void this.#consumer.disconnect().catch(() => undefined);
        resolve();
      });
      void this.#leave()
        .catch((error: unknown) => this.#host.logger.debug({ error: messageOf(error) }, 'consumer did not disconnect'))
        .finally(() => {
          cancel();
          resolve();
        });
    });
  }

  async #leave(): Promise<void> {
    // Told to stop while it joins, kafkajs neither ends the join (#967) nor leaves the group afterwards: the others
    // would wait for a member that is gone until its session is over.
    if (this.#joining !== undefined) {
      await this.#joining;
      await sleep(this.#host.clock, AFTER_JOIN_MS);
    }
    await this.#consumer.disconnect();
  }

  #beginJoining(): void {
    this.#joining ??= new Promise((resolve) => {
      this.#endJoining = () => {
        this.#joining = undefined;
        resolve();
      };
    });
  }

  stalled(): string | undefined {
    if (this.#crashed !== undefined) return this.#crashed;
    if (this.#heartbeat.stalled !== undefined) return this.#heartbeat.stalled;
    // Between two fetches lie a poll, a handler, or a rebalance; the client's own tries count as signs.
    if (this.#handler.size > 0 || this.#membership.isReleasing) return undefined;
    const silentMs = this.#host.clock.monotonic() - this.#lastSign;
    const { rebalanceTimeoutMs, sessionTimeoutMs } = this.#options;
    if (silentMs <= 2 * (rebalanceTimeoutMs + sessionTimeoutMs)) return undefined;
    return `the consumer of group ${this.#options.groupId} has not asked for records for ${String(Math.round(silentMs / 1000))} s`;
  }

  #listen(): void {
    const consumer = this.#consumer;
    const { events } = consumer;
    consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#isBetween = false;
      this.#endJoining?.();
      if (this.#isClosed) return;
      this.#heard();
      this.#lastSign = this.#host.clock.monotonic();
      this.#handler.resume();
      const splits = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => splitOf(topic, partition)),
      );
      if (this.#isTaking) this.#membership.joined(splits);
      else if (splits.length > 0) consumer.pause(byTopic(splits));
    });
    consumer.on(events.HEARTBEAT, () => this.#heard());
    consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) this.#passedOver(payload.topic, payload.partition, Number(payload.lastOffset));
    });
    consumer.on(events.CRASH, ({ payload }) => {
      this.#isBetween = false;
      this.#coordinator = undefined;
      this.#payload = undefined;
      this.#endJoining?.();
      if (this.#isClosed) return;
      if (!payload.restart) this.#giveUp(payload.error);
      else this.#host.logger.warn({ error: messageOf(payload.error) }, 'the consumer starts anew after an error');
    });
  }

  /** A fetch had nothing but markers and removed records: they are settled as soon as what is before them is. */
  #passedOver(topic: string, partition: number, lastOffset: number): void {
    const held = this.#leases.find(topic, partition);
    if (held === undefined) return;
    held.seen = Math.max(held.seen, lastOffset + 1);
    held.end = Math.max(held.end, held.seen);
    this.#commitTail(held);
  }

  #commitTail(held: HeldLease): void {
    if (held.settled < held.handed || held.seen <= (held.committed ?? -1) || this.#tailCommit !== undefined) return;
    this.#tailCommit = this.commit(new Map([[held.lease, held.settled]]))
      .catch((error: unknown) =>
        this.#host.logger.debug({ error: messageOf(error) }, 'end of a partition not committed'),
      )
      .finally(() => {
        this.#tailCommit = undefined;
      });
  }

  /** A heartbeat while handlers wait. An error that ends the assignment ends the handlers; others are tried again. */
  async #beat(): Promise<void> {
    this.#lastSign = this.#host.clock.monotonic();
    try {
      await this.#payload?.heartbeat();
    } catch (error) {
      if (this.#membership.isReleasing || !(error instanceof Error)) return;
      if (isEvicted(error)) this.#membership.evicted();
      if (isEvicted(error) || isRebalance(error)) {
        this.#handler.interrupt(error);
        return;
      }
      this.#host.logger.info({ error: messageOf(error) }, 'heartbeat failed, trying again');
      if (this.#isCoordinatorLost()) this.#handler.interrupt(new RejoinSignal('the coordinator is out of reach'));
    }
  }

  #heard(): void {
    this.#heardFromCoordinator = this.#host.clock.monotonic();
  }

  /** No connection to it, for a while: it may have moved, and kafkajs would go on asking the old one. */
  #isCoordinatorLost(): boolean {
    if (this.#coordinator === undefined || this.#coordinator.isConnected()) return false;
    return this.#host.clock.monotonic() - this.#heardFromCoordinator > COORDINATOR_PATIENCE_MS;
  }

  #giveUp(error: unknown): void {
    if (this.#isClosed) return;
    const failure = new ConsumerCrashedError(this.#options.groupId, this.#options.topics, error);
    this.#crashed = failure.message;
    this.#host.fail(failure);
  }

  #lag(): number {
    return Math.max(0, ...this.#leases.all().map(({ end, seen }) => end - seen));
  }

  #quietly(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#host.logger.debug({ error: messageOf(error) }, 'the consumer is not running');
    }
  }
}

/** Ends a consumer that was closed while it joined: not retriable, or kafkajs would start it anew. */
function closedError(): Error {
  return Object.assign(new Error('the source was closed'), { retriable: false });
}
