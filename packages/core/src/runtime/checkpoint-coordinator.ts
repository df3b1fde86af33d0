import { CheckpointError, messageOf } from '../errors.js';
import type { SplitLease } from '../connector/source.js';
import { sleep } from '../clock.js';
import type { JobAttempt } from './job-attempt.js';
import type { CheckpointOptions } from './job-options.js';
import type { SourceSession } from './source-session.js';
import type { Task } from './task.js';

/**
 * The one object that owns the order of a checkpoint. With state, for each task:
 *
 * 1. hold the intake and let what is in flight drain; a failure here leaves the last checkpoint as it was
 * 2. flush the sinks; dying after this repeats outputs, loses none
 * 3. write state and position in one atomic step; dying after this repeats nothing
 * 4. commit the position to the source; it is information there, the state backend's is the truth
 *
 * Without state there is nothing to hold: a record is settled when its outputs are acknowledged, and step 4 alone is
 * done while work flows, with the highest position below which everything is settled.
 */
export class CheckpointCoordinator {
  readonly #attempt: JobAttempt;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  readonly #minPauseMs: number;
  readonly #tolerableFailures: number;
  #cancelTimer: (() => void) | undefined;
  #running: Promise<boolean> | undefined;
  #isStopped = false;
  #consecutiveFailures = 0;
  #lastDurationMs = 0;
  #lastCommitAt: number;

  constructor(attempt: JobAttempt, options: CheckpointOptions) {
    this.#attempt = attempt;
    this.#intervalMs = options.intervalMs ?? 1_000;
    this.#timeoutMs = options.timeoutMs ?? 600_000;
    this.#minPauseMs = options.minPauseMs ?? 0;
    this.#tolerableFailures = options.tolerableFailures ?? 0;
    const { metrics, clock } = attempt.options;
    this.#lastCommitAt = clock.monotonic();
    metrics.gauge('lastCheckpointDuration', () => this.#lastDurationMs, 'Milliseconds that the last checkpoint took');
    metrics.gauge(
      'commitAge',
      () => clock.monotonic() - this.#lastCommitAt,
      'Milliseconds since positions were last known to be committed',
    );
  }

  start(): void {
    this.#schedule(this.#intervalMs);
  }

  /** Takes no further checkpoint by itself, and waits for the one that is running. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer?.();
    await this.#running;
  }

  /** Takes a checkpoint now, after the one that may be running. Resolves false where it failed. */
  async trigger(): Promise<boolean> {
    await this.#running;
    this.#running = this.#checkpoint();
    try {
      return await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    const { clock } = this.#attempt.options;
    this.#cancelTimer = clock.setTimer(delayMs, () => {
      const started = clock.monotonic();
      void this.trigger().then(() => {
        const spent = clock.monotonic() - started;
        this.#schedule(Math.max(this.#intervalMs - spent, this.#minPauseMs, 0));
      });
    });
  }

  async #checkpoint(): Promise<boolean> {
    const { clock, logger, metrics } = this.#attempt.options;
    const started = clock.monotonic();
    const timeout = new AbortController();
    try {
      const work = this.#attempt.graph.isStateful ? this.#withState() : this.#commitSettled();
      const late = sleep(clock, this.#timeoutMs, timeout.signal).then(() => {
        throw new CheckpointError(`not complete after ${String(this.#timeoutMs)} ms`);
      });
      late.catch(() => undefined);
      await Promise.race([work, late]);
      this.#consecutiveFailures = 0;
      this.#lastCommitAt = clock.monotonic();
      metrics.counter('numberOfCompletedCheckpoints').inc();
      return true;
    } catch (error) {
      if (this.#attempt.signal.aborted) return false;
      this.#consecutiveFailures += 1;
      metrics.counter('numberOfFailedCheckpoints').inc();
      logger.warn({ err: messageOf(error), consecutive: this.#consecutiveFailures }, 'checkpoint failed');
      if (this.#attempt.graph.isStateful && this.#consecutiveFailures > this.#tolerableFailures) {
        this.#attempt.services.fail(
          error instanceof CheckpointError ? error : new CheckpointError(messageOf(error), error),
        );
      }
      return false;
    } finally {
      timeout.abort(new Error('done'));
      this.#lastDurationMs = clock.monotonic() - started;
    }
  }

  async #commitSettled(): Promise<void> {
    const commits = this.#attempt.sessions.map((session) => session.commit(unCommitted(session)));
    const results = await Promise.allSettled(commits);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #withState(): Promise<void> {
    await Promise.all(
      this.#attempt.sessions.flatMap((session) => session.tasks.map((task) => this.#checkpointTask(session, task))),
    );
  }

  async #checkpointTask(session: SourceSession, task: Task): Promise<void> {
    const { graph, options } = this.#attempt;
    if (task.settledPosition === task.committed && task.inFlight === 0) return;
    task.hold();
    try {
      if (!(await task.drained(this.#timeoutMs))) {
        if (task.isClosed) return;
        throw new CheckpointError(`${task.lease.id}: ${String(task.inFlight)} records did not settle in time`);
      }
      await this.#attempt.flushSinks();
      const position = task.settledPosition;
      if (task.isClosed || position === undefined) return;
      await options.stateBackend.write(graph.jobName, task.lease.id, { position, state: task.snapshot() });
      await session.commit(new Map([[task.lease, position]]));
    } finally {
      task.release();
    }
  }
}

/** Positions that moved since the last commit. */
function unCommitted(session: SourceSession): ReadonlyMap<SplitLease, number> {
  const positions = new Map<SplitLease, number>();
  for (const task of session.tasks) {
    const position = task.settledPosition;
    // A split that stands where it was assigned has nothing to commit.
    if (position === undefined || position === task.committed) continue;
    if (task.committed === undefined && position === task.lease.startPosition) continue;
    positions.set(task.lease, position);
  }
  return positions;
}
