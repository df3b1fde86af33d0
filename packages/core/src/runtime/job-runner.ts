import type { Observable } from 'rxjs';
import { sleep, systemClock } from '../clock.js';
import type { Clock } from '../clock.js';
import { JobFailedError, messageOf, SavepointError, ServiceUnavailableError, SetupError } from '../errors.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import { silentLogger } from '../logger.js';
import { BehaviorSubject } from '../rx.js';
import type { Logger } from '../logger.js';
import { InMemoryMetrics } from '../metrics.js';
import type { MetricGroup } from '../metrics.js';
import type { SavepointPart } from '../savepoint/savepoint-part.js';
import { MemoryStateBackend } from '../state/memory-state-backend.js';
import type { StateBackend } from '../state/state-backend.js';
import { abortable } from './abortable.js';
import { checkJobOptions } from './check-job-options.js';
import { CheckpointCoordinator } from './checkpoint-coordinator.js';
import { JobAttempt } from './job-attempt.js';
import type { JobOptions } from './job-options.js';
import type { JobResult, JobState, JobStatus, StopOptions, StopResult } from './job-status.js';
import { RestartStrategies } from './restart-strategy.js';
import { isBounded, RunEnd } from './run-end.js';
import { MissedRecords } from './missed-records.js';

/** What a runner works with. */
export interface JobRunnerContext {
  /** @default the process's own */
  readonly clock?: Clock;
  /** @default none is written */
  readonly logger?: Logger;
  /** Labelled with the job already. @default in memory, seen by nobody */
  readonly metrics?: MetricGroup;
}

/** How often a bounded run looks whether it is through. */
const DRAIN_POLL_MS = 50;
const DEFAULT_STOP_TIMEOUT_MS = 25_000;

/**
 * Runs a graph in this process: opens it, restarts it after failures as the restart strategy says, stops it in good
 * order. One run for each runner.
 *
 * Delivery: every record's effects at least once; positions are committed only after everything that the records below
 * them caused was acknowledged.
 */
export class JobRunner {
  readonly #graph: StreamGraph;
  readonly #options: JobOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: MetricGroup;
  readonly #state = new BehaviorSubject<JobState>('CREATED');
  readonly #stopping = new AbortController();
  readonly #canceling = new AbortController();
  #since: number;
  #restarts = 0;
  /** Records read in attempts that have ended. */
  #readBefore = 0;
  readonly #missed = new MissedRecords();
  #lastError: string | undefined;
  #stateBackend: StateBackend | undefined;
  #attempt: JobAttempt | undefined;
  #coordinator: CheckpointCoordinator | undefined;
  #stop: StopOptions | undefined;
  #part: SavepointPart | undefined;
  /** Whether the job was ever RUNNING. */
  #hasRun = false;
  #isClean = true;
  #ended: Promise<void> | undefined;

  /** @throws RangeError where an option is out of its range */
  constructor(graph: StreamGraph, options: JobOptions = {}, context: JobRunnerContext = {}) {
    checkJobOptions(options);
    this.#graph = graph;
    this.#options = options;
    this.#clock = context.clock ?? systemClock;
    this.#logger = context.logger ?? silentLogger;
    this.#metrics = context.metrics ?? new InMemoryMetrics({ job: graph.jobName });
    this.#since = this.#clock.now();
    this.#metrics.gauge('numRestarts', () => this.#restarts, 'Restarts of the job in this process');
    this.#metrics.gauge('recordsInFlight', () => this.#attempt?.services.budget.used ?? 0, 'Records read, not settled');
  }

  /** The states as they come, beginning with the current one. */
  get state$(): Observable<JobState> {
    return this.#state.asObservable();
  }

  get state(): JobState {
    return this.#state.value;
  }

  /** Where the job stands now. */
  status(): JobStatus {
    return {
      state: this.state,
      since: this.#since,
      restarts: this.#restarts,
      lastError: this.#lastError,
      tasks: (this.#attempt?.tasks ?? []).flatMap((task) =>
        [...task.inputs.values()].map(({ lease, tracker, committed }) => ({
          split: lease.id,
          inFlight: task.inFlight,
          position: tracker.nextPosition,
          settled: tracker.settledPosition,
          committed,
        })),
      ),
      waiting: this.#attempt?.waiting ?? [],
      stalled: this.#attempt?.stalled(),
    };
  }

  /**
   * Runs until stopped; with `untilDrained` until everything that was in the sources at the start, and all that it
   * caused, is settled and committed (after a restart: at the restart, which is no earlier).
   *
   * @throws SetupError where the first attempt finds the world not as needed; ServiceUnavailableError where a service
   * could not be reached before the job ever ran; JobFailedError when the restarts are used up
   */
  run(options: { readonly untilDrained?: boolean } = {}): Promise<JobResult> {
    if (this.#ended !== undefined) return Promise.reject(new Error('a JobRunner runs once; make a new one'));
    const result = this.#run(options.untilDrained ?? false);
    this.#ended = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /**
   * Writes the state of this process's tasks into the folder of a savepoint while the job goes on; each task stands still
   * while it is copied.
   *
   * @param folder of a `SavepointInProgress`, made by whoever asks all processes of the job
   * @throws SavepointError where the graph has no state, the job is not running or the folder cannot be written;
   * CheckpointError where the checkpoint fails
   */
  async savepoint(folder: string): Promise<SavepointPart> {
    const attempt = this.#attempt;
    if (!this.#graph.isStateful) {
      throw new SavepointError(`${this.#graph.jobName} keeps no state: where it goes on is in its consumer group`);
    }
    if (attempt === undefined || this.#coordinator === undefined || this.state !== 'RUNNING') {
      throw new SavepointError(`${this.#graph.jobName} is ${this.state}: a savepoint is taken while it is RUNNING`);
    }
    const tasks = await this.#coordinator.savepoint((task) => task.writeSavepoint(folder));
    return { jobName: this.#graph.jobName, tasks, splits: await attempt.splits() };
  }

  /**
   * Stops in good order: no intake, drain, last checkpoint, close. With `drain` event time of all inputs ends before the
   * last checkpoint, so that windows and event-time timers fire: for a job that will not go on. With `savepoint` the state
   * is written into that folder behind the last checkpoint. Resolves when the job has ended, at once where it was
   * never run. `clean` is false when work was left undone after `stopTimeoutMs`, or the job was failing or has failed.
   */
  async stop(options: StopOptions = {}): Promise<StopResult> {
    this.#stop ??= options;
    this.#stopping.abort(new Error('stop was asked for'));
    await this.#ended;
    return { clean: this.#isClean, ...(this.#part === undefined ? {} : { savepoint: this.#part }) };
  }

  /** Ends at once; what is in flight is left undone, nothing more is committed. */
  async cancel(): Promise<void> {
    if (!isEnd(this.state)) this.#isClean = false;
    this.#canceling.abort(new Error('the job was canceled'));
    this.#stopping.abort(new Error('the job was canceled'));
    await this.#ended;
  }

  async #run(untilDrained: boolean): Promise<JobResult> {
    const strategy = (this.#options.restartStrategy ?? RestartStrategies.exponentialDelay())();
    while (!this.#stopping.signal.aborted) {
      const attempt = this.#createAttempt();
      this.#attempt = attempt;
      try {
        const state = await this.#runAttempt(attempt, untilDrained);
        await attempt.close();
        return this.#end(state);
      } catch (error) {
        this.#lastError = messageOf(error);
        this.#become('FAILING');
        this.#logger.error({ err: this.#lastError, restarts: this.#restarts }, 'the job attempt failed');
        await attempt.close();
        this.#readBefore += attempt.services.budget.total;
        if (this.#stopping.signal.aborted) break;
        const isHopeless = this.#isHopeless(error);
        const delay = isHopeless ? undefined : strategy.next(this.#clock.monotonic());
        if (delay === undefined) {
          this.#isClean = false;
          this.#become('FAILED');
          throw isHopeless ? error : new JobFailedError(this.#graph.jobName, error);
        }
        this.#restarts += 1;
        this.#become('RESTARTING');
        this.#logger.warn({ delayMs: delay, restart: this.#restarts }, 'restarting from the last checkpoint');
        await sleep(this.#clock, delay, this.#stopping.signal).catch(() => undefined);
      }
    }
    if (this.state !== 'CREATED') this.#isClean = false;
    return this.#end('CANCELED');
  }

  /** What another attempt cannot cure, as far as that is known. */
  #isHopeless(error: unknown): boolean {
    if (this.#restarts > 0) return false;
    return error instanceof SetupError || (error instanceof ServiceUnavailableError && !this.#hasRun);
  }

  #end(state: 'FINISHED' | 'CANCELED'): JobResult {
    const read = this.#read;
    this.#become(state);
    return { state, restarts: this.#restarts, read, missed: this.#missed.total };
  }

  /** Records read so far. */
  get #read(): number {
    const isCounted = this.state === 'FAILING' || this.state === 'RESTARTING';
    return this.#readBefore + (isCounted ? 0 : (this.#attempt?.services.budget.total ?? 0));
  }

  #createAttempt(): JobAttempt {
    return new JobAttempt(this.#graph, {
      clock: this.#clock,
      logger: this.#logger,
      metrics: this.#metrics,
      stateBackend: (this.#stateBackend ??= this.#options.stateBackend ?? new MemoryStateBackend()),
      maxInFlightPerTask: this.#options.maxInFlightPerTask ?? 1_024,
      maxInFlight: this.#options.maxInFlight ?? 16_384,
      maxInFlightBytes: this.#options.maxInFlightBytes ?? 64 * 2 ** 20,
      allowNonRestoredState: this.#options.allowNonRestoredState ?? false,
      savepoint: this.#options.savepoint,
      missed: this.#missed,
      autoWatermarkIntervalMs: this.#options.autoWatermarkIntervalMs ?? 200,
      maxChangedEntries: this.#options.checkpoint?.maxChangedEntries ?? 25_000,
      maxCachedStateEntries: this.#options.maxCachedStateEntries,
    });
  }

  async #runAttempt(attempt: JobAttempt, isUntilDrained: boolean): Promise<'FINISHED' | 'CANCELED'> {
    const untilDrained = isUntilDrained || isBounded(this.#graph);
    const stopped = aborted(this.#stopping.signal);
    const opening = (async () => {
      await attempt.open();
      if (untilDrained) await Promise.all(attempt.sessions.map((session) => session.captureEnd()));
      return 'open' as const;
    })();
    if ((await Promise.race([opening, attempt.failure, stopped])) === 'aborted') return 'CANCELED';
    const coordinator = new CheckpointCoordinator(attempt, this.#options.checkpoint ?? {});
    this.#coordinator = coordinator;
    this.#hasRun = true;
    this.#become('RUNNING');
    try {
      coordinator.start();
      const end = untilDrained ? this.#drained(attempt, coordinator) : new Promise<never>(() => undefined);
      const reason = await Promise.race([end, attempt.failure, stopped]);
      await this.#wind(attempt, coordinator, reason === 'drained');
      return reason === 'drained' && !this.#stopping.signal.aborted ? 'FINISHED' : 'CANCELED';
    } finally {
      // Not `stop`: what a running checkpoint waits for (a drain, a commit) may never come.
      coordinator.abort();
    }
  }

  /** Resolves when everything before the captured ends is settled and committed. */
  async #drained(attempt: JobAttempt, coordinator: CheckpointCoordinator): Promise<'drained'> {
    const end = new RunEnd(attempt);
    for (;;) {
      try {
        const isReached = await abortable(end.isReached(), attempt.signal);
        if (isReached && (await coordinator.trigger())) return 'drained';
      } catch (error) {
        if (!attempt.signal.aborted) this.#logger.warn({ err: messageOf(error) }, 'cannot see whether all is read yet');
      }
      // The attempt's end ends the loop: nobody waits for it then.
      const goesOn = await sleep(this.#clock, DRAIN_POLL_MS, attempt.signal).then(
        () => true,
        () => false,
      );
      if (!goesOn) return new Promise<never>(() => undefined);
    }
  }

  /**
   * The good order of an end: no intake, drain, last checkpoint. A bounded run has committed its end already: what is
   * beyond it and does not drain in time is read by the next run.
   */
  async #wind(attempt: JobAttempt, coordinator: CheckpointCoordinator, isDrained: boolean): Promise<void> {
    if (this.#canceling.signal.aborted) return;
    const timeoutMs = this.#options.stopTimeoutMs ?? DEFAULT_STOP_TIMEOUT_MS;
    const work = async (): Promise<boolean> => {
      await attempt.stopIntake();
      const { tasks } = attempt;
      // A chunk in hand stops in its middle: its rest is not begun, and read by the next run.
      for (const task of tasks) task.hold();
      const started = this.#clock.monotonic();
      const drained = await Promise.all(tasks.map((task) => task.drained(timeoutMs)));
      await coordinator.stop();
      const isDrained = drained.every(Boolean);
      if (isDrained && this.#stop?.drain === true) {
        for (const task of tasks) task.endTime();
        await Promise.all(tasks.map((task) => task.drained(timeoutMs)));
      }
      const committed = await coordinator.trigger();
      if (isDrained && committed) await this.#saveAtEnd(attempt, coordinator);
      this.#logger.info({ ms: Math.round(this.#clock.monotonic() - started) }, 'drained');
      return committed && isDrained;
    };
    const patience = new AbortController();
    const late = sleep(this.#clock, timeoutMs, patience.signal).then(
      () => false,
      () => false,
    );
    try {
      const isCanceled = aborted(this.#canceling.signal).then(() => false);
      const isClean = await Promise.race([work(), late, isCanceled, attempt.failure]);
      if (isClean) return;
      if (!isDrained || this.#stopping.signal.aborted) this.#isClean = false;
      this.#logger.warn({ timeoutMs }, 'work was left undone; it is read again by the next run');
    } finally {
      patience.abort(new Error('done'));
    }
  }

  async #saveAtEnd(attempt: JobAttempt, coordinator: CheckpointCoordinator): Promise<void> {
    const folder = this.#stop?.savepoint;
    if (folder === undefined) return;
    const tasks = await coordinator.savepoint((task) => task.writeSavepoint(folder));
    this.#part = { jobName: this.#graph.jobName, tasks, splits: await attempt.splits() };
  }

  #become(state: JobState): void {
    if (this.state === state) return;
    this.#since = this.#clock.now();
    this.#state.next(state);
    this.#logger.info({ state }, 'job state');
  }
}

function isEnd(state: JobState): boolean {
  return state === 'FAILED' || state === 'FINISHED' || state === 'CANCELED';
}

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else {
      signal.addEventListener(
        'abort',
        () => {
          resolve('aborted');
        },
        { once: true },
      );
    }
  });
}
