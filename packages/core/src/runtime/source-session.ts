import { sleep } from '../clock.js';
import type { Clock } from '../clock.js';
import type { SourceChunk, SourceHost, SourceReader, SplitAssignment, SplitLease } from '../connector/source.js';
import { messageOf } from '../errors.js';
import type { GraphNode } from '../graph/stream-graph.js';
import type { Logger } from '../logger.js';
import type { MetricGroup } from '../metrics.js';
import type { StateClaim } from '../state/state-backend.js';
import type { JobAttempt } from './job-attempt.js';
import { Task } from './task.js';

/** Leases are numbered over the life of the process, so that none of an earlier attempt is taken for a current one. */
let lastEpoch = 0;
/** What the last commit of a revoke gets at least, when draining took all the time there was. */
const LAST_COMMIT_MS = 100;

interface Held {
  readonly task: Task;
  /** Undefined in a graph without state. */
  readonly claim: StateClaim | undefined;
  /** Position of the last checkpoint written to the state backend. */
  written: number | undefined;
}

/** One source of one attempt: its reader, and the tasks of its splits. What a source sees as its host. */
export class SourceSession implements SourceHost<unknown> {
  readonly uid: string;
  readonly jobName: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricGroup;
  readonly signal: AbortSignal;
  /** Undefined until the source has opened. */
  reader: SourceReader | undefined;
  readonly #attempt: JobAttempt;
  readonly #node: GraphNode & { readonly source: NonNullable<GraphNode['source']> };
  readonly #held = new Map<SplitLease, Held>();
  /** By split, what has to end before a task of it may be opened: the opening or closing of the one before. */
  readonly #before = new Map<string, Promise<unknown>>();
  /** By split, the epoch of its newest assignment. */
  readonly #newest = new Map<string, number>();
  #closed: Promise<void> | undefined;

  constructor(attempt: JobAttempt, node: GraphNode & { readonly source: NonNullable<GraphNode['source']> }) {
    this.#attempt = attempt;
    this.#node = node;
    this.uid = node.uid;
    this.jobName = attempt.graph.jobName;
    this.clock = attempt.options.clock;
    this.logger = attempt.options.logger.child({ operator: node.uid });
    this.metrics = attempt.options.metrics.group({ operator: node.uid });
    this.signal = attempt.signal;
  }

  get tasks(): readonly Task[] {
    return [...this.#held.values()].map(({ task }) => task);
  }

  async open(): Promise<void> {
    this.reader = await this.#node.source.open(this);
  }

  async stopIntake(): Promise<void> {
    await this.reader?.stopIntake();
  }

  async captureEnd(): Promise<void> {
    await this.reader?.captureEnd();
  }

  /** Closes the reader, once. */
  close(): Promise<void> {
    this.#closed ??= this.reader?.close();
    return this.#closed ?? Promise.resolve();
  }

  /** A failure fails the attempt as well: a source may assign where nobody sees what it throws. */
  async assign(splits: readonly SplitAssignment[]): Promise<readonly SplitLease[]> {
    try {
      return await Promise.all(splits.map((split) => this.#assignOne(split)));
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  #assignOne(split: SplitAssignment): Promise<SplitLease> {
    this.lose([...this.#held.keys()].filter((lease) => lease.id === split.id));
    lastEpoch += 1;
    this.#newest.set(split.id, lastEpoch);
    const opened = this.#openTask(split, lastEpoch, this.#before.get(split.id));
    this.#mustEnd(split.id, opened);
    return opened;
  }

  async #openTask(split: SplitAssignment, epoch: number, before: Promise<unknown> | undefined): Promise<SplitLease> {
    await before;
    const { graph, options, services } = this.#attempt;
    const claim = graph.isStateful
      ? await options.stateBackend.claim({ jobName: graph.jobName, source: this.uid, split: split.id })
      : undefined;
    const lease = { id: split.id, epoch, startPosition: claim?.restored?.position ?? split.position };
    const task = new Task(lease, this.uid, graph, services);
    try {
      await task.open(claim?.restored?.state);
    } catch (error) {
      await task.close();
      throw error;
    }
    // Assigned anew, or the attempt ended, while it opened: what is pushed for this lease has no effect.
    if (this.signal.aborted || this.#newest.get(split.id) !== epoch) await task.close();
    else this.#held.set(lease, { task, claim, written: claim?.restored?.position });
    this.logger.info({ split: split.id, epoch, position: lease.startPosition }, 'split assigned');
    return lease;
  }

  push(lease: SplitLease, chunk: SourceChunk<unknown>): Promise<void> {
    return this.#held.get(lease)?.task.push(chunk) ?? Promise.resolve();
  }

  async revoke(leases: readonly SplitLease[], timeoutMs: number): Promise<void> {
    const tasks = this.#tasksOf(leases);
    const patience = new AbortController();
    try {
      for (const task of tasks) task.hold();
      const started = this.clock.monotonic();
      await Promise.all(tasks.map((task) => task.drained(timeoutMs)));
      const left = Math.max(LAST_COMMIT_MS, timeoutMs - (this.clock.monotonic() - started));
      const late = sleep(this.clock, left, patience.signal).then(
        () => {
          this.logger.warn({ waitedMs: left }, 'the last commit before giving splits up takes too long');
        },
        () => undefined,
      );
      await Promise.race([this.#commitLast(tasks), late]);
    } catch (error) {
      this.logger.warn(
        { err: messageOf(error) },
        'the last commit before giving splits up failed; they are read again',
      );
    } finally {
      patience.abort(new Error('done'));
      for (const task of tasks) this.#end(task);
    }
  }

  lose(leases: readonly SplitLease[]): void {
    for (const task of this.#tasksOf(leases)) this.#end(task);
  }

  fail(error: unknown): void {
    this.#attempt.services.fail(error);
  }

  /** Commits positions and remembers them in the tasks. @throws what the source's commit throws */
  async commit(positions: ReadonlyMap<SplitLease, number>): Promise<void> {
    if (positions.size === 0 || this.reader === undefined) return;
    await this.reader.commit(positions);
    for (const [lease, position] of positions) {
      const held = this.#held.get(lease);
      if (held !== undefined) held.task.committed = position;
    }
  }

  /** Position of the checkpoint that the state backend has, undefined where it has none. */
  writtenPosition(task: Task): number | undefined {
    return this.#held.get(task.lease)?.written;
  }

  /** Whether the state backend has what there is: nothing has moved since the last checkpoint. */
  isWritten(task: Task): boolean {
    return task.inFlight === 0 && this.#held.get(task.lease)?.written === task.settledPosition;
  }

  /** Writes state and position in one step; nothing may be in flight. @throws what the state backend throws */
  async writeState(task: Task, position: number): Promise<void> {
    const held = this.#held.get(task.lease);
    if (held?.claim === undefined) return;
    await held.claim.write({ position, state: task.snapshot() });
    held.written = position;
  }

  async #commitLast(tasks: readonly Task[]): Promise<void> {
    const { graph } = this.#attempt;
    const positions = new Map<SplitLease, number>();
    for (const task of tasks) {
      const position = task.settledPosition;
      // A closed task is of an attempt that has failed or was cancelled: its operators are gone.
      if (task.isClosed || position === undefined || position === task.committed) continue;
      if (graph.isStateful) {
        // State fits a position only when nothing is in flight; without that the last checkpoint stays the truth.
        if (task.inFlight > 0) continue;
        if (!this.isWritten(task)) await this.writeState(task, position);
      }
      positions.set(task.lease, position);
    }
    await this.commit(positions);
  }

  #tasksOf(leases: readonly SplitLease[]): Task[] {
    return leases.map((lease) => this.#held.get(lease)?.task).filter((task) => task !== undefined);
  }

  #end(task: Task): void {
    const { id } = task.lease;
    if (!this.#held.delete(task.lease)) return;
    const ended = task.close().catch((error: unknown) => {
      this.logger.warn({ split: id, err: messageOf(error) }, 'error while closing a task');
    });
    this.#mustEnd(id, ended);
    this.logger.info({ split: id, epoch: task.lease.epoch }, 'split given up');
  }

  #mustEnd(split: string, work: Promise<unknown>): void {
    this.#before.set(split, Promise.allSettled([this.#before.get(split), work]));
  }
}
