import { BehaviorSubject } from 'rxjs';
import type { Observable } from 'rxjs';
import { sleep, systemClock } from '../clock.js';
import type { Clock } from '../clock.js';
import { JobFailedError, messageOf, ServiceUnavailableError, SetupError } from '../errors.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import { silentLogger } from '../logger.js';
import type { Logger } from '../logger.js';
import { InMemoryMetrics } from '../metrics.js';
import type { MetricGroup } from '../metrics.js';
import { MemoryStateBackend } from '../state/memory-state-backend.js';
import type { StateBackend } from '../state/state-backend.js';
import { abortable } from './abortable.js';
import { checkJobOptions } from './check-job-options.js';
import { CheckpointCoordinator } from './checkpoint-coordinator.js';
import { JobAttempt } from './job-attempt.js';
import type { Waiting } from './job-attempt.js';
import type { JobOptions } from './job-options.js';
import { RestartStrategies } from './restart-strategy.js';

/** Flink's job states, as far as they have a meaning in one process. */
export type JobState = 'CREATED' | 'RUNNING' | 'RESTARTING' | 'FAILING' | 'FAILED' | 'FINISHED' | 'CANCELED';

/** How a run ended that did not fail. */
export interface JobResult {
  /** FINISHED: a bounded run reached its end. CANCELED: stopped on request. */
  readonly state: 'FINISHED' | 'CANCELED';
  readonly restarts: number;
  /** Records read, over all attempts: what was read again counts again. */
  readonly read: number;
}

/** Where a split stands. Positions are next positions to read. */
export interface SplitStatus {
  readonly split: string;
  /** Records read and not settled, of all splits of its task. */
  readonly inFlight: number;
  /** Behind what was read. */
  readonly position: number | undefined;
  /** Below it everything is settled: what may be committed. */
  readonly settled: number | undefined;
  /** Last committed by this process since the split was assigned. */
  readonly committed: number | undefined;
}

/** Where a job stands, at the moment of asking; costs little, may be asked for at any time. */
export interface JobStatus {
  readonly state: JobState;
  /** Wall-clock milliseconds since when the state holds. */
  readonly since: number;
  readonly restarts: number;
  /** Of the last attempt that failed, also when the job runs again. */
  readonly lastError: string | undefined;
  /** One for each split of this process. */
  readonly tasks: readonly SplitStatus[];
  /** Operators that retry in place, and why. */
  readonly waiting: readonly Waiting[];
  /** Why reading makes no progress, undefined where it does. */
  readonly stalled: string | undefined;
}

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
  #lastError: string | undefined;
  #stateBackend: StateBackend | undefined;
  #attempt: JobAttempt | undefined;
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
   * Stops in good order: no intake, drain, last checkpoint, close. Resolves when the job has ended, at once where it was
   * never run. `clean` is false when work was left undone after `stopTimeoutMs`, or the job was failing or has failed.
   */
  async stop(): Promise<{ readonly clean: boolean }> {
    this.#stopping.abort(new Error('stop was asked for'));
    await this.#ended;
    return { clean: this.#isClean };
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
    return { state, restarts: this.#restarts, read };
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
      autoWatermarkIntervalMs: this.#options.autoWatermarkIntervalMs ?? 200,
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
    for (;;) {
      try {
        const isDrained = await abortable(attempt.isDrained(), attempt.signal);
        if (isDrained && this.#isThrough(attempt) && (await coordinator.trigger())) return 'drained';
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

  /** Whether bounded sources have also said that they are at their end, and what that caused is done. */
  #isThrough(attempt: JobAttempt): boolean {
    return !isBounded(this.#graph) || attempt.tasks.every((task) => task.isFinished && task.inFlight === 0);
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
      const committed = await coordinator.trigger();
      this.#logger.info({ ms: Math.round(this.#clock.monotonic() - started) }, 'drained');
      return committed && drained.every(Boolean);
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

  #become(state: JobState): void {
    if (this.state === state) return;
    this.#since = this.#clock.now();
    this.#state.next(state);
    this.#logger.info({ state }, 'job state');
  }
}

function isBounded({ nodes }: StreamGraph): boolean {
  return nodes.every((node) => node.source === undefined || node.source.isBounded === true);
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
