import { sleep } from '../clock.js';
import type { Clock } from '../clock.js';
import type { SourceChunk, SourceHost, SourceReader, SplitAssignment, SplitLease } from '../connector/source.js';
import { messageOf } from '../errors.js';
import type { GraphNode } from '../graph/stream-graph.js';
import type { Logger } from '../logger.js';
import type { MetricGroup } from '../metrics.js';
import type { JobAttempt } from './job-attempt.js';
import { Task } from './task.js';

/** Leases are numbered over the life of the process, so that none of an earlier attempt is taken for a current one. */
let lastEpoch = 0;

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
  readonly #tasks = new Map<SplitLease, Task>();
  /** Closing tasks by split: a new task of the split waits until the calls of the old one have ended. */
  readonly #ending = new Map<string, Promise<void>>();

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
    return [...this.#tasks.values()];
  }

  async open(): Promise<void> {
    this.reader = await this.#node.source.open(this);
  }

  async assign(splits: readonly SplitAssignment[]): Promise<readonly SplitLease[]> {
    return Promise.all(splits.map((split) => this.#assignOne(split)));
  }

  async #assignOne(split: SplitAssignment): Promise<SplitLease> {
    for (const task of this.tasks) if (task.lease.id === split.id) this.lose([task.lease]);
    await this.#ending.get(split.id);
    const { graph, options, services } = this.#attempt;
    const checkpoint = graph.isStateful ? await options.stateBackend.read(graph.jobName, split.id) : undefined;
    lastEpoch += 1;
    const lease: SplitLease = {
      id: split.id,
      epoch: lastEpoch,
      startPosition: checkpoint?.position ?? split.position,
    };
    const task = new Task(lease, this.uid, graph, services);
    await task.open(checkpoint?.state);
    if (this.signal.aborted) await task.close();
    else this.#tasks.set(lease, task);
    this.logger.info({ split: split.id, epoch: lease.epoch, position: lease.startPosition }, 'split assigned');
    return lease;
  }

  push(lease: SplitLease, chunk: SourceChunk<unknown>): Promise<void> {
    return this.#tasks.get(lease)?.push(chunk) ?? Promise.resolve();
  }

  async revoke(leases: readonly SplitLease[], timeoutMs: number): Promise<void> {
    const tasks = this.#tasksOf(leases);
    const patience = new AbortController();
    try {
      for (const task of tasks) task.hold();
      const started = this.clock.monotonic();
      await Promise.all(tasks.map((task) => task.drained(timeoutMs)));
      const left = Math.max(100, timeoutMs - (this.clock.monotonic() - started));
      await Promise.race([this.#commitLast(tasks), sleep(this.clock, left, patience.signal).catch(() => undefined)]);
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
      const task = this.#tasks.get(lease);
      if (task !== undefined) task.committed = position;
    }
  }

  async #commitLast(tasks: readonly Task[]): Promise<void> {
    const { graph, options } = this.#attempt;
    const positions = new Map<SplitLease, number>();
    for (const task of tasks) {
      const position = task.settledPosition;
      if (position === undefined || position === task.committed) continue;
      if (graph.isStateful) {
        // State fits a position only when nothing is in flight; without that the last checkpoint stays the truth.
        if (task.inFlight > 0) continue;
        await options.stateBackend.write(graph.jobName, task.lease.id, { position, state: task.snapshot() });
      }
      positions.set(task.lease, position);
    }
    await this.commit(positions);
  }

  #tasksOf(leases: readonly SplitLease[]): Task[] {
    return leases.map((lease) => this.#tasks.get(lease)).filter((task) => task !== undefined);
  }

  #end(task: Task): void {
    const { id } = task.lease;
    this.#tasks.delete(task.lease);
    const ended = Promise.all([this.#ending.get(id), task.close()]).then(
      () => undefined,
      (error: unknown) => {
        this.logger.warn({ split: id, err: messageOf(error) }, 'error while closing a task');
      },
    );
    this.#ending.set(id, ended);
    this.logger.info({ split: id, epoch: task.lease.epoch }, 'split given up');
  }
}
