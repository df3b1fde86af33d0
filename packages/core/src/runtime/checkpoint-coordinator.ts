import { setMaxListeners } from 'node:events';
import { CheckpointError, messageOf } from '../errors.js';
import { failPoint } from '../fail-point.js';
import type { SplitLease } from '../connector/source.js';
import { abortable } from './abortable.js';
import { CommitAge } from './commit-age.js';
import type { JobAttempt } from './job-attempt.js';
import type { CheckpointOptions } from './job-options.js';
import type { SourceSession } from './source-session.js';
import type { TaskInput } from './task-input.js';
import type { Task } from './task.js';

/**
 * The one object that owns the order of a checkpoint. With state, for each task:
 *
 * 1. hold the intake and let what is in flight drain; a failure here leaves the last checkpoint as it was
 * 2. flush the sinks; dying after this repeats outputs, loses none
 * 3. write state and position in one atomic step; dying after this repeats nothing
 * 4. commit the position to the source; it is information there, the state backend's is the truth, so that a failure
 *    here is logged and tried again, no more
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
  /** Checkpoints follow one another; this one settles with the last that was asked for. */
  #last: Promise<unknown> = Promise.resolve();
  #running: AbortController | undefined;
  #isStarted = false;
  #isStopped = false;
  #isAborted = false;
  /** The checkpoint that the timer began is not over. */
  #isTimedRunning = false;
  /** The next checkpoint is wanted before its interval is over. */
  #isAsked = false;
  #endedAt = -Infinity;
  #consecutiveFailures = 0;
  #lastDurationMs = 0;
  readonly #commitAge: CommitAge;

  constructor(attempt: JobAttempt, options: CheckpointOptions) {
    this.#attempt = attempt;
    this.#intervalMs = options.intervalMs ?? 1_000;
    this.#timeoutMs = options.timeoutMs ?? 600_000;
    this.#minPauseMs = options.minPauseMs ?? 0;
    this.#tolerableFailures = options.tolerableFailures ?? 0;
    const { metrics, clock } = attempt.options;
    attempt.askForCheckpoint = () => {
      this.#ask();
    };
    this.#commitAge = new CommitAge(() => clock.monotonic());
    metrics.gauge('lastCheckpointDuration', () => this.#lastDurationMs, 'Milliseconds that the last checkpoint took');
    metrics.gauge(
      'commitAge',
      () => this.#commitAge.ms,
      'Milliseconds since the last commit of the split that has waited longest for one',
    );
  }

  start(): void {
    this.#isStarted = true;
    this.#schedule(this.#isAsked ? 0 : this.#intervalMs);
  }

  /** Takes no further checkpoint by itself, and waits for the one that is running. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer?.();
    await this.#last;
  }

  /** Gives up at once, a running checkpoint included: the attempt has ended. What it waits for may never come. */
  abort(): void {
    this.#isStopped = true;
    this.#isAborted = true;
    this.#cancelTimer?.();
    this.#running?.abort(new CheckpointError('the job attempt has ended'));
  }

  /**
   * Takes a checkpoint after those that were asked for before. Resolves true when everything that was settled is
   * committed, false where something failed.
   */
  trigger(): Promise<boolean> {
    const checkpoint = this.#last.then(() => !this.#isAborted && this.#checkpoint());
    this.#last = checkpoint;
    return checkpoint;
  }

  /**
   * Takes a checkpoint of every task and has `save` copy it while the task stands still.
   *
   * @throws what the checkpoint or `save` fails with; CheckpointError where the attempt has ended
   */
  savepoint<T>(save: (task: Task) => Promise<T>): Promise<readonly T[]> {
    const saved = this.#last.then(() => this.#withTimeout((signal) => this.#saveAll(save, signal)));
    this.#last = saved.catch(() => undefined);
    return saved;
  }

  async #saveAll<T>(save: (task: Task) => Promise<T>, signal: AbortSignal): Promise<readonly T[]> {
    if (this.#isAborted) throw new CheckpointError('the job attempt has ended');
    return allOf(
      this.#attempt.tasks.map(async (task) => {
        task.hold();
        try {
          await this.#writeHeld(task, signal);
          return await abortable(save(task), signal);
        } finally {
          task.release();
        }
      }),
    );
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    this.#cancelTimer = this.#attempt.options.clock.setTimer(delayMs, () => {
      this.#take();
    });
  }

  /** Takes a checkpoint now, and the next one when the interval is over, or earlier where it was asked for. */
  #take(): void {
    const { clock } = this.#attempt.options;
    const started = clock.monotonic();
    this.#isAsked = false;
    this.#isTimedRunning = true;
    void this.trigger().then(() => {
      this.#isTimedRunning = false;
      this.#endedAt = clock.monotonic();
      const interval = this.#isAsked ? 0 : this.#intervalMs - (this.#endedAt - started);
      this.#schedule(Math.max(interval, this.#minPauseMs, 0));
    });
  }

  /** Much state has changed: the next checkpoint does not wait for its interval, but for the pause it does. */
  #ask(): void {
    if (this.#isStopped || this.#isAsked) return;
    this.#isAsked = true;
    if (!this.#isStarted || this.#isTimedRunning) return;
    this.#cancelTimer?.();
    const pause = this.#minPauseMs - (this.#attempt.options.clock.monotonic() - this.#endedAt);
    if (pause > 0) this.#schedule(pause);
    else this.#take();
  }

  async #checkpoint(): Promise<boolean> {
    const { clock, logger, metrics } = this.#attempt.options;
    const started = clock.monotonic();
    try {
      const { tasks } = this.#attempt;
      const moved = new Set(
        tasks.filter((task) => task.inFlight === 0 || [...task.inputs.values()].some((input) => isToCommit(input))),
      );
      const isCommitted = this.#attempt.graph.isStateful
        ? await this.#withTimeout((signal) => this.#withState(signal))
        : await this.#withTimeout((signal) => this.#commitSettled(signal));
      this.#consecutiveFailures = 0;
      if (isCommitted) this.#commitAge.committed(tasks, this.#attempt.graph.isStateful ? new Set(tasks) : moved);
      metrics.counter('numberOfCompletedCheckpoints').inc();
      return isCommitted;
    } catch (error) {
      if (this.#isAborted || this.#attempt.signal.aborted) return false;
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
      this.#lastDurationMs = clock.monotonic() - started;
    }
  }

  /** Gives up what takes longer than the checkpoint timeout, or outlives the attempt. */
  async #withTimeout<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const running = new AbortController();
    // Every task listens; Node warns of more than ten.
    setMaxListeners(0, running.signal);
    this.#running = running;
    const cancelTimeout = this.#attempt.options.clock.setTimer(this.#timeoutMs, () => {
      running.abort(new CheckpointError(`not complete after ${String(this.#timeoutMs)} ms`));
    });
    try {
      return await work(running.signal);
    } finally {
      cancelTimeout();
      this.#running = undefined;
    }
  }

  async #commitSettled(signal: AbortSignal): Promise<boolean> {
    await allOf(this.#attempt.sessions.map((session) => abortable(session.commit(unCommitted(session)), signal)));
    return true;
  }

  async #withState(signal: AbortSignal): Promise<boolean> {
    const checkpoints = this.#attempt.tasks.map((task) => this.#checkpointTask(task, signal));
    return (await allOf(checkpoints)).every(Boolean);
  }

  async #checkpointTask(task: Task, signal: AbortSignal): Promise<boolean> {
    if (!task.isWritten) {
      failPoint('checkpoint-begun');
      task.hold();
      try {
        await this.#writeHeld(task, signal);
      } finally {
        task.release();
      }
    }
    return task.isClosed || this.#commitWritten(task, signal);
  }

  /** Steps 1 to 3 for a task that is held. */
  async #writeHeld(task: Task, signal: AbortSignal): Promise<void> {
    failPoint('checkpoint-held');
    if (!(await abortable(task.drained(this.#timeoutMs), signal))) {
      if (task.isClosed) return;
      throw new CheckpointError(`${task.name}: ${String(task.inFlight)} records did not settle in time`);
    }
    failPoint('checkpoint-drained');
    await abortable(this.#attempt.flushSinks(), signal);
    failPoint('checkpoint-flushed');
    if (task.isClosed) return;
    await abortable(task.writeState(), signal);
    failPoint('checkpoint-written');
  }

  /** What is written needs no commit to be safe: other tools see the position, and the next checkpoint tries again. */
  async #commitWritten(task: Task, signal: AbortSignal): Promise<boolean> {
    const commits = this.#attempt.sessions.map(async (session) => {
      const positions = new Map<SplitLease, number>();
      for (const { sourceUid, lease, written, committed } of task.inputs.values()) {
        if (sourceUid === session.uid && written !== undefined && written !== committed) positions.set(lease, written);
      }
      if (positions.size === 0) return;
      await abortable(session.commit(positions), signal);
    });
    try {
      await allOf(commits);
      return true;
    } catch (error) {
      const { logger, metrics } = this.#attempt.options;
      metrics.counter('commitsFailed').inc();
      logger.warn({ split: task.name, err: messageOf(error) }, 'commit of a written checkpoint failed');
      return false;
    }
  }
}

/** Waits for all, so that none is left behind half done. @throws the first error */
async function allOf<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(works);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** Positions that moved since the last commit. */
function unCommitted(session: SourceSession): ReadonlyMap<SplitLease, number> {
  const positions = new Map<SplitLease, number>();
  for (const input of session.inputs) {
    const position = input.tracker.settledPosition;
    if (position !== undefined && isToCommit(input)) positions.set(input.lease, position);
  }
  return positions;
}

/** A split that stands where it was assigned has nothing to commit. */
function isToCommit({ tracker, committed, lease }: TaskInput): boolean {
  const position = tracker.settledPosition;
  return position !== undefined && position !== (committed ?? lease.startPosition);
}
