import { sleep } from '../clock.js';
import type { Clock } from '../clock.js';
import type { SourceChunk, SourceHost, SourceReader, SplitAssignment, SplitLease } from '../connector/source.js';
import { messageOf } from '../errors.js';
import { failPoint } from '../fail-point.js';
import type { GraphNode } from '../graph/stream-graph.js';
import type { Logger } from '../logger.js';
import type { MetricGroup } from '../metrics.js';
import type { JobAttempt } from './job-attempt.js';
import { positionKey } from './task-input.js';
import type { TaskInput } from './task-input.js';
import type { Task } from './task.js';

/** Leases are numbered over the life of the process, so that none of an earlier attempt is taken for a current one. */
let lastEpoch = 0;
/** What the last commit of a revoke gets at least, when draining took all the time there was. */
const LAST_COMMIT_MS = 100;

interface Held {
  readonly task: Task;
  readonly input: TaskInput;
}

/** One source of one attempt: its reader, and the splits that it has assigned. What a source sees as its host. */
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

  /** The sink of this job that writes what is read here, of a repartition topic. */
  get writtenBy(): string | undefined {
    return this.#node.source.writtenBy;
  }

  get inputs(): readonly TaskInput[] {
    return [...this.#held.values()].map(({ input }) => input);
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
      const ids = new Set(splits.map((split) => split.id));
      this.lose([...this.#held.keys()].filter((lease) => ids.has(lease.id)));
      return await Promise.all(splits.map((split) => this.#assignOne(split)));
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  async #assignOne(split: SplitAssignment): Promise<SplitLease> {
    lastEpoch += 1;
    const epoch = lastEpoch;
    this.#newest.set(split.id, epoch);
    const task = await this.#attempt.registry.acquire(this.uid, split);
    const restored = task.state?.restoredPositions.get(positionKey(this.uid, split.id));
    const lease = { id: split.id, epoch, startPosition: restored ?? split.position };
    // Assigned anew, or the attempt ended, while it opened: what is pushed for this lease has no effect.
    if (!this.signal.aborted && this.#newest.get(split.id) === epoch && this.#attempt.registry.isCurrent(task)) {
      this.#held.set(lease, { task, input: task.addInput(this.uid, lease) });
    }
    this.logger.info({ split: split.id, epoch, position: lease.startPosition }, 'split assigned');
    return lease;
  }

  push(lease: SplitLease, chunk: SourceChunk<unknown>): Promise<void> {
    const held = this.#held.get(lease);
    return held === undefined ? Promise.resolve() : held.task.push(held.input, chunk);
  }

  finish(lease: SplitLease): void {
    const held = this.#held.get(lease);
    held?.task.finish(held.input);
  }

  async revoke(leases: readonly SplitLease[], timeoutMs: number): Promise<void> {
    const tasks = this.#tasksOf(leases);
    const patience = new AbortController();
    try {
      for (const task of tasks) task.hold();
      const started = this.clock.monotonic();
      await Promise.all(tasks.map((task) => task.drained(timeoutMs)));
      failPoint('rebalance-drained');
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
      for (const task of tasks) this.#attempt.endTask(task);
    }
    failPoint('rebalance-committed');
  }

  lose(leases: readonly SplitLease[]): void {
    for (const task of this.#tasksOf(leases)) this.#attempt.endTask(task);
  }

  fail(error: unknown): void {
    this.#attempt.services.fail(error);
  }

  missed(split: string, from: number, to: number): void {
    const count = this.#attempt.options.missed.add(positionKey(this.uid, split), from, to);
    if (count > 0) this.metrics.counter('numRecordsMissed', 'Records that were gone before they were read').inc(count);
  }

  /** Forgets the splits of a task that has ended. */
  forget(task: Task): void {
    for (const [lease, held] of this.#held) {
      if (held.task !== task) continue;
      this.#held.delete(lease);
      this.logger.info({ split: lease.id, epoch: lease.epoch }, 'split given up');
    }
  }

  /** Commits positions and remembers them in the inputs. @throws what the source's commit throws */
  async commit(positions: ReadonlyMap<SplitLease, number>): Promise<void> {
    if (positions.size === 0 || this.reader === undefined) return;
    failPoint('checkpoint-commit');
    await this.reader.commit(positions);
    failPoint('checkpoint-committed');
    for (const [lease, position] of positions) {
      const held = this.#held.get(lease);
      if (held !== undefined) held.input.committed = position;
    }
  }

  async #commitLast(tasks: readonly Task[]): Promise<void> {
    const { graph } = this.#attempt;
    const positions = new Map<SplitLease, number>();
    for (const task of tasks) {
      // A closed task is of an attempt that has failed or was cancelled: its operators are gone.
      if (task.isClosed) continue;
      if (graph.isStateful) {
        // State fits a position only when nothing is in flight; without that the last checkpoint stays the truth.
        if (task.inFlight > 0) continue;
        await task.writeState();
      }
      for (const input of task.inputs.values()) {
        const position = input.tracker.settledPosition;
        if (input.sourceUid !== this.uid || position === undefined || position === input.committed) continue;
        positions.set(input.lease, position);
      }
    }
    await this.commit(positions);
  }

  #tasksOf(leases: readonly SplitLease[]): Task[] {
    return [...new Set(leases.map((lease) => this.#held.get(lease)?.task).filter((task) => task !== undefined))];
  }
}
