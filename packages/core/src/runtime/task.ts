import { setMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { sleep } from '../clock.js';
import type { SourceChunk, SourceRecord, SplitLease } from '../connector/source.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import { SavepointError } from '../errors.js';
import type { SavepointTask } from '../savepoint/savepoint-part.js';
import { writeSavepointTask } from '../savepoint/write-part.js';
import type { KeyedStateBackend } from '../state/keyed-state-backend.js';
import type { StateBackend, StateOwner } from '../state/state-backend.js';
import type { TaskState } from '../state/task-state.js';
import { OffsetTracker } from './offset-tracker.js';
import { OperatorChain } from './operator-chain.js';
import type { ChainTask } from './operator-chain.js';
import type { Scope } from './scope.js';
import { StreamRecord } from './stream-record.js';
import { positionKey } from './task-input.js';
import type { TaskInput } from './task-input.js';
import { inputMetrics, RECORDS_PER_TIMED_ONE } from './task-metrics.js';
import { RecordScope, TaskScope } from './task-scopes.js';
import type { ScopeOwner } from './task-scopes.js';
import type { TaskServices } from './task-services.js';
import { TaskTime } from './task-time.js';

/** Longest run of synchronous work before timers, sockets and signals get their turn. */
const MAX_TURN_MS = 20;
/** Records between two looks at the clock: a look costs about as much as a synchronous operator. */
const RECORDS_PER_LOOK = 64;
/** How long closing waits for calls of user functions that do not heed their signal. */
const QUIESCE_MS = 10_000;

/** Which part of the graph a task runs, for which splits. */
export interface TaskOptions {
  /** The split's id, or what co-partitioned splits have in common. */
  readonly name: string;
  readonly graph: StreamGraph;
  /** Sources whose splits the task reads: one, or several that meet in an operator with state or two inputs. */
  readonly sourceUids: readonly string[];
  readonly services: TaskServices;
  /** Undefined in a graph without state. */
  readonly state: TaskState | undefined;
  /** Whose state it is, and what the backend keeps of it; undefined in a graph without state. */
  readonly kept?: { readonly owner: StateOwner; readonly backend: StateBackend };
}

/**
 * One running copy of the graph for one split, or for several that belong together: its operators, how far it is, and
 * what it has in flight. Elements, timers and checkpoints of a task never overlap.
 */
export class Task implements ChainTask, ScopeOwner {
  readonly name: string;
  readonly state: TaskState | undefined;
  readonly #kept: TaskOptions['kept'];
  readonly inputs = new Map<SplitLease, TaskInput>();
  readonly #services: TaskServices;
  readonly #chain: OperatorChain;
  readonly #time: TaskTime;
  readonly #abort = new AbortController();
  #inFlight = 0;
  /** The part of `#inFlight` that were records, with their bytes: what the process's budget was charged. */
  #records = 0;
  #bytes = 0;
  #delivered = 0;
  /** Grows with everything that may change state. */
  #revision = 0;
  #writtenRevision: number | undefined;
  #isClosed = false;
  #hasFailed = false;
  /** Who wants the intake to stand still: a checkpoint, a rebalance, a stop; they may overlap. */
  #holds = 0;
  /** Calls of timers that came while the task was held. */
  #postponed: (() => void)[] = [];
  /** Wakes the pushes that wait for credit or for the end of a hold. */
  readonly #waiting = new Set<() => void>();
  #whenDrained: (() => void)[] = [];
  #turnStartedAt = 0;
  #terminated: Promise<void> | undefined;

  constructor({ name, graph, sourceUids, services, state, kept }: TaskOptions) {
    // Every call of a user function may listen; Node warns of more than ten.
    setMaxListeners(0, this.signal);
    this.name = name;
    this.state = state;
    this.#kept = kept;
    this.#services = services;
    if (state !== undefined && state.restoredPositions.size > 0) this.#writtenRevision = 0;
    this.#chain = new OperatorChain(graph, sourceUids, services, this);
    this.#time = new TaskTime(graph, sourceUids, services, this.#chain, this);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Records read and not settled, and what timers caused that is not acknowledged. */
  get inFlight(): number {
    return this.#inFlight;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the state backend has what there is: nothing has moved since the last checkpoint. */
  get isWritten(): boolean {
    return this.#inFlight === 0 && this.#writtenRevision === this.#revision;
  }

  /** Says that state may have changed. */
  touched(): void {
    this.#revision += 1;
  }

  /** Whether every split was read to its end. */
  get isFinished(): boolean {
    return [...this.inputs.values()].every((input) => input.isFinished);
  }

  /** Timers that wait, over all operators. */
  get numTimers(): { readonly eventTime: number; readonly processingTime: number } {
    return this.#chain.numTimers;
  }

  async open(): Promise<void> {
    await this.#chain.open();
    this.#time.start();
  }

  /** Adds a split to read. */
  addInput(sourceUid: string, lease: SplitLease): TaskInput {
    const input: TaskInput = {
      sourceUid,
      lease,
      entry: this.#chain.entryOf(sourceUid),
      metrics: inputMetrics(this.#services.metrics, sourceUid),
      tracker: new OffsetTracker(lease.startPosition),
      ...this.#time.ofSplit(sourceUid, lease),
      committed: undefined,
      written: this.state?.restoredPositions.get(positionKey(sourceUid, lease.id)),
      isFinished: false,
    };
    this.inputs.set(lease, input);
    return input;
  }

  stateOf(uid: string): KeyedStateBackend {
    if (this.state === undefined) throw new Error('the graph has no state');
    return this.state.forOperator(uid);
  }

  /** Takes a chunk; resolves when the task wants more, or is closed. */
  async push(input: TaskInput, chunk: SourceChunk<unknown>): Promise<void> {
    const { clock } = this.#services;
    let delivered = 0;
    for (const record of chunk.records) {
      if (!this.#hasCredit()) await this.#credit();
      if (this.#isClosed) return;
      this.#deliver(input, record);
      delivered += 1;
      if (delivered % RECORDS_PER_LOOK === 0 && clock.monotonic() - this.#turnStartedAt > MAX_TURN_MS) {
        await this.#giveTurn();
      }
    }
    if (this.#isClosed) return;
    input.tracker.advance(chunk.nextPosition);
    this.#revision += 1;
    if (input.watermarks !== undefined) this.#time.lookAt(input);
    if (this.#chain.isChunkwise) this.enterWhenRunning(this.#chain.afterChunk);
    if (!this.#hasCredit()) await this.#credit();
    if (clock.monotonic() - this.#turnStartedAt > MAX_TURN_MS) await this.#giveTurn();
    if (input.alignment !== undefined) await this.#time.aligned(input.alignment);
  }

  #deliver(input: TaskInput, record: SourceRecord<unknown>): void {
    this.#delivered += 1;
    this.#revision += 1;
    const readAt = this.#delivered % RECORDS_PER_TIMED_ONE === 0 ? this.#services.clock.monotonic() : undefined;
    const bytes = record.bytes ?? 0;
    const scope = new RecordScope(this, input, record.position, readAt, bytes);
    input.tracker.add(scope);
    this.#inFlight += 1;
    this.#records += 1;
    this.#bytes += bytes;
    this.#services.budget.take(bytes);
    input.metrics.recordsIn.inc();
    const { watermarks } = input;
    const timestamp = watermarks === undefined ? record.timestamp : watermarks.onEvent(record.value, record.timestamp);
    this.#chain.next(input.entry, new StreamRecord(record.value, timestamp, scope));
    scope.release();
  }

  /** The split has no more records: event time of this input is at its end. */
  finish(input: TaskInput): void {
    if (input.isFinished || this.#isClosed) return;
    this.enterWhenRunning(() => {
      input.isFinished = true;
      this.#time.end(input);
      if (this.isFinished) this.#chain.finish();
    });
  }

  /**
   * Ends event time of all splits, as if they were bounded: a stop that drains. Also while the task is held, so that no
   * record comes behind the end.
   */
  endTime(): void {
    this.#chain.enter(() => {
      this.#revision += 1;
      for (const input of this.inputs.values()) {
        if (input.isFinished) continue;
        input.isFinished = true;
        this.#time.end(input);
      }
      this.#chain.finish();
    });
  }

  /** Called by the record's scope. */
  recordSettled(scope: RecordScope): void {
    if (scope.readAt !== undefined) {
      scope.input.metrics.settleSeconds.observe((this.#services.clock.monotonic() - scope.readAt) / 1_000);
    }
    // The record that failed is settled in form when its call returns; after a failure no position may move.
    if (this.#hasFailed) return;
    scope.input.tracker.settle(scope);
    this.#records -= 1;
    this.#bytes -= scope.bytes;
    if (!this.#isClosed) this.#services.budget.give(1, scope.bytes); // else given back as a whole
    this.scopeSettled();
  }

  /** Called by the scopes of records and timers. */
  scopeSettled(): void {
    if (this.#hasFailed) return;
    this.#inFlight -= 1;
    if (this.#isClosed) return;
    if (this.#waiting.size > 0 && this.#hasCredit()) this.#wakePushes();
    if (this.#inFlight === 0) {
      for (const resolve of this.#whenDrained.splice(0)) resolve();
    }
  }

  createScope(): Scope {
    this.#inFlight += 1;
    this.#revision += 1;
    return new TaskScope(this);
  }

  enterWhenRunning(call: () => void): void {
    if (this.#isClosed) return;
    if (this.#holds > 0) {
      this.#postponed.push(call);
      return;
    }
    this.#chain.enter(call);
  }

  /** The job attempt fails; this task takes nothing any more, and its positions and state stay as they are. */
  fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#hasFailed = true;
    this.#services.fail(error);
  }

  /** Stops taking records and timers until as many `release`s; a push in hand waits in the middle of its chunk. */
  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) {
      for (const call of this.#postponed.splice(0)) this.enterWhenRunning(call);
    }
    // Whether there is credit is for the push to see: it may have to wait for the budget now.
    this.#wakePushes();
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

  /** Writes the last checkpoint of this task into a savepoint's folder; the task must be held until it resolves. */
  async writeSavepoint(folder: string): Promise<SavepointTask> {
    if (this.#kept === undefined) throw new SavepointError('the graph has no state');
    const { owner, backend } = this.#kept;
    // Not through the claim: one in memory need not keep what it has written.
    return writeSavepointTask(folder, owner, await backend.read(owner));
  }

  #positions(): Map<string, number> {
    const positions = new Map(this.state?.restoredPositions);
    for (const { sourceUid, lease, tracker } of this.inputs.values()) {
      const position = tracker.settledPosition;
      if (position !== undefined) positions.set(positionKey(sourceUid, lease.id), position);
    }
    return positions;
  }

  /** Writes state and positions in one step; nothing may be in flight. @throws what the state backend throws */
  async writeState(): Promise<void> {
    if (this.state === undefined || this.isWritten) return;
    const revision = this.#revision;
    const positions = this.#positions();
    await this.state.write(positions);
    this.#writtenRevision = revision;
    for (const input of this.inputs.values()) {
      input.written = positions.get(positionKey(input.sourceUid, input.lease.id));
    }
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
    this.#time.stop();
    this.#services.budget.give(this.#records, this.#bytes);
    // Before the signal: what a user function does on abort (reject, for instance) must not become a dead letter.
    this.#chain.shut();
    this.#abort.abort(new Error(`the task of ${this.name} was closed`));
    this.#wakePushes();
    for (const resolve of this.#whenDrained.splice(0)) resolve();
    const patience = new AbortController();
    await Promise.race([
      this.#chain.quiesce(),
      sleep(this.#services.clock, QUIESCE_MS, patience.signal).then(
        () => {
          this.#services.logger.warn(
            { split: this.name, waitedMs: QUIESCE_MS },
            'calls of user functions are still running; they should heed their signal',
          );
        },
        () => undefined,
      ),
    ]);
    patience.abort(new Error('quiesced'));
    await this.#chain.close();
    this.state?.close();
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
      let wake: () => void = () => undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        this.#waiting.add(resolve);
        if (!budget.hasRoom) budget.whenRoom(resolve);
      });
      budget.forget(wake);
      this.#waiting.delete(wake);
    }
    // That is no turn for others: credit may come by promises alone, which run before any timer or socket.
  }

  async #giveTurn(): Promise<void> {
    await setImmediate();
    this.#turnStartedAt = this.#services.clock.monotonic();
  }

  /** Once for each wait: the acknowledgements of a whole request come before the pushes go on. */
  #wakePushes(): void {
    if (this.#waiting.size === 0) return;
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }
}
