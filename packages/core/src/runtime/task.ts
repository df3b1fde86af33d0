import { setImmediate } from 'node:timers/promises';
import { sleep } from '../clock.js';
import type { Clock } from '../clock.js';
import type { SourceChunk, SourceRecord, SplitLease } from '../connector/source.js';
import type { OperatorResources, StreamGraph } from '../graph/stream-graph.js';
import type { Logger } from '../logger.js';
import type { Counter, Histogram, MetricGroup } from '../metrics.js';
import type { InFlightBudget } from './in-flight-budget.js';
import { OffsetTracker } from './offset-tracker.js';
import type { TrackedRecord } from './offset-tracker.js';
import { OperatorChain } from './operator-chain.js';
import type { Permits } from './permits.js';
import { Scope } from './scope.js';
import { StreamRecord } from './stream-record.js';

/** Longest run of synchronous work before timers, sockets and signals get their turn. */
const MAX_TURN_MS = 20;
/** Records between two looks at the clock: a look costs about as much as a synchronous operator. */
const RECORDS_PER_LOOK = 64;
/** How long closing waits for calls of user functions that do not heed their signal. */
const QUIESCE_MS = 10_000;

/** Timing every record would cost more than some whole jobs. */
const RECORDS_PER_TIMED_ONE = 8;
/** From half a millisecond, doubling, to about a minute. */
const SETTLE_BUCKETS = Array.from({ length: 18 }, (_, n) => 0.0005 * 2 ** n);

/** What tasks share in one attempt of the job. */
export interface TaskServices {
  readonly jobName: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricGroup;
  readonly resources: OperatorResources;
  readonly budget: InFlightBudget;
  readonly maxInFlight: number;
  readonly allowNonRestoredState: boolean;
  sharedPermits(uid: string, capacity: number): Permits;
  waiting(operator: string, error: unknown, since: number): () => void;
  fail(error: unknown): void;
}

/** The scope of a record that was read: the root of everything that it causes. */
class RecordScope extends Scope implements TrackedRecord {
  readonly position: number;
  /** When it was read, by the clock that never goes back; -1 for one whose way is not timed. */
  readonly readAt: number;
  readonly bytes: number;
  isSettled = false;
  readonly #task: Task;

  constructor(task: Task, position: number, readAt: number, bytes: number) {
    super();
    this.#task = task;
    this.position = position;
    this.readAt = readAt;
    this.bytes = bytes;
  }

  failed(error: unknown): void {
    this.#task.fail(error);
  }

  protected settled(): void {
    this.#task.recordSettled(this);
  }
}

/**
 * One running copy of the graph for one split: its operators, how far it is, and what it has in flight. Elements, timers
 * and checkpoints of a task never overlap.
 */
export class Task {
  readonly lease: SplitLease;
  /** Last position that was committed, undefined before the first commit. */
  committed: number | undefined;
  readonly #services: TaskServices;
  readonly #chain: OperatorChain;
  readonly #tracker: OffsetTracker;
  readonly #abort = new AbortController();
  readonly #recordsIn: Counter;
  readonly #settleSeconds: Histogram;
  #inFlight = 0;
  #bytesInFlight = 0;
  #delivered = 0;
  #isClosed = false;
  #hasFailed = false;
  /** Who wants the intake to stand still: a checkpoint, a rebalance, a stop; they may overlap. */
  #holds = 0;
  /** Wakes a push that waits for credit or for the end of a hold. */
  #wake: (() => void) | undefined;
  #whenDrained: (() => void)[] = [];
  #turnStartedAt = 0;
  #terminated: Promise<void> | undefined;

  constructor(lease: SplitLease, sourceUid: string, graph: StreamGraph, services: TaskServices) {
    this.lease = lease;
    this.#services = services;
    this.#tracker = new OffsetTracker(lease.startPosition);
    const metrics = services.metrics.group({ operator: sourceUid });
    this.#recordsIn = metrics.counter('numRecordsIn');
    this.#settleSeconds = metrics.histogram(
      'recordSettleSeconds',
      SETTLE_BUCKETS,
      'Seconds from the moment a record was read to the last acknowledgement of what it caused; one record in eight',
    );
    this.#chain = new OperatorChain(graph, sourceUid, lease.id, services, this.#abort.signal, (error) => {
      this.fail(error);
    });
  }

  /** Records read and not settled. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** What may be committed: the next position to read if the process ended now. */
  get settledPosition(): number | undefined {
    return this.#tracker.settledPosition;
  }

  get nextPosition(): number | undefined {
    return this.#tracker.nextPosition;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async open(restored?: ReadonlyMap<string, unknown>): Promise<void> {
    await this.#chain.open(restored);
  }

  /** Takes a chunk; resolves when the task wants more, or is closed. */
  async push(chunk: SourceChunk<unknown>): Promise<void> {
    const { clock } = this.#services;
    let delivered = 0;
    for (const record of chunk.records) {
      if (!this.#hasCredit()) await this.#credit();
      if (this.#isClosed) return;
      this.#deliver(record);
      delivered += 1;
      if (delivered % RECORDS_PER_LOOK === 0 && clock.monotonic() - this.#turnStartedAt > MAX_TURN_MS) {
        await this.#giveTurn();
      }
    }
    if (this.#isClosed) return;
    this.#tracker.advance(chunk.nextPosition);
    if (!this.#hasCredit()) await this.#credit();
    if (clock.monotonic() - this.#turnStartedAt > MAX_TURN_MS) await this.#giveTurn();
  }

  #deliver(record: SourceRecord<unknown>): void {
    this.#delivered += 1;
    const isTimed = this.#delivered % RECORDS_PER_TIMED_ONE === 0;
    const scope = new RecordScope(
      this,
      record.position,
      isTimed ? this.#services.clock.monotonic() : -1,
      record.bytes ?? 0,
    );
    this.#tracker.add(scope);
    this.#inFlight += 1;
    this.#services.budget.take(scope.bytes);
    this.#bytesInFlight += scope.bytes;
    this.#recordsIn.inc();
    this.#chain.next(new StreamRecord(record.value, record.timestamp, scope));
    scope.release();
  }

  /** Called by the record's scope. */
  recordSettled(scope: TrackedRecord & { readonly readAt: number; readonly bytes: number }): void {
    if (scope.readAt >= 0) {
      this.#settleSeconds.observe((this.#services.clock.monotonic() - scope.readAt) / 1_000);
    }
    // The record that failed is settled in form when its call returns; after a failure no position may move.
    if (this.#hasFailed) return;
    this.#tracker.settle(scope);
    this.#inFlight -= 1;
    this.#bytesInFlight -= scope.bytes;
    if (this.#isClosed) return; // its share of the budget was given back as a whole
    this.#services.budget.give(1, scope.bytes);
    if (this.#wake !== undefined && this.#hasCredit()) this.#wakePush();
    if (this.#inFlight === 0) {
      for (const resolve of this.#whenDrained.splice(0)) resolve();
    }
  }

  /** The job attempt fails; this task takes nothing any more, and its positions and state stay as they are. */
  fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#hasFailed = true;
    this.#services.fail(error);
  }

  /** Stops taking records until as many `release`s; a push in hand waits in the middle of its chunk. */
  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
    // Whether there is credit is for the push to see: it may have to wait for the budget now.
    this.#wakePush();
  }

  /**
   * Resolves true when nothing is in flight, false when that takes longer than `timeoutMs` or the task is closed before.
   * A task that has failed never drains.
   */
  async drained(timeoutMs: number): Promise<boolean> {
    if (this.#inFlight === 0 || this.#isClosed) return this.#isDrained;
    const timeout = new AbortController();
    const drained = new Promise<void>((resolve) => this.#whenDrained.push(resolve));
    const expired = sleep(this.#services.clock, timeoutMs, timeout.signal).catch(() => undefined);
    await Promise.race([drained, expired]);
    timeout.abort(new Error('drained'));
    return this.#isDrained;
  }

  get #isDrained(): boolean {
    return this.#inFlight === 0 && !this.#hasFailed;
  }

  /** Operator uid -> state, taken when nothing is in flight. */
  snapshot(): ReadonlyMap<string, unknown> {
    return this.#chain.snapshot();
  }

  /**
   * Ends the task: nothing that it began has an effect any more, neither on positions nor downstream. Resolves when its
   * calls of user functions have ended.
   */
  close(): Promise<void> {
    this.#terminated ??= this.#terminate();
    return this.#terminated;
  }

  async #terminate(): Promise<void> {
    this.#isClosed = true;
    this.#services.budget.give(this.#inFlight, this.#bytesInFlight);
    // Before the signal: what a user function does on abort (reject, for instance) must not become a dead letter.
    this.#chain.shut();
    this.#abort.abort(new Error(`the task of ${this.lease.id} was closed`));
    this.#wakePush();
    for (const resolve of this.#whenDrained.splice(0)) resolve();
    const patience = new AbortController();
    await Promise.race([
      this.#chain.quiesce(),
      sleep(this.#services.clock, QUIESCE_MS, patience.signal).then(
        () => {
          this.#services.logger.warn(
            { split: this.lease.id, waitedMs: QUIESCE_MS },
            'calls of user functions are still running; they should heed their signal',
          );
        },
        () => undefined,
      ),
    ]);
    patience.abort(new Error('quiesced'));
    await this.#chain.close();
  }

  #hasCredit(): boolean {
    return (
      this.#isClosed ||
      (this.#holds === 0 &&
        !this.#hasFailed &&
        this.#inFlight < this.#services.maxInFlight &&
        this.#services.budget.hasRoom)
    );
  }

  async #credit(): Promise<void> {
    const { budget } = this.#services;
    while (!this.#hasCredit()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (!budget.hasRoom) budget.whenRoom(resolve);
      });
      if (this.#wake !== undefined) budget.forget(this.#wake);
      this.#wake = undefined;
    }
    // That is no turn for others: credit may come by promises alone, which run before any timer or socket.
  }

  async #giveTurn(): Promise<void> {
    await setImmediate();
    this.#turnStartedAt = this.#services.clock.monotonic();
  }

  #wakePush(): void {
    this.#wake?.();
  }
}
