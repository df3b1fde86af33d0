import { BehaviorSubject } from 'rxjs';
import type { Observable } from 'rxjs';
import { sleep, systemClock } from '../clock.js';
import type { Clock } from '../clock.js';
import { JobFailedError, messageOf, SetupError } from '../errors.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import { silentLogger } from '../logger.js';
import type { Logger } from '../logger.js';
import { InMemoryMetrics } from '../metrics.js';
import type { MetricGroup } from '../metrics.js';
import { MemoryStateBackend } from '../state/state-backend.js';
import { CheckpointCoordinator } from './checkpoint-coordinator.js';
import { JobAttempt } from './job-attempt.js';
import type { Waiting } from './job-attempt.js';
import type { JobOptions } from './job-options.js';
import { RestartStrategies } from './restart-strategy.js';

/** Flink's job states, as far as they have a meaning in one process. */
export type JobState = 'CREATED' | 'RUNNING' | 'RESTARTING' | 'FAILING' | 'FAILED' | 'FINISHED' | 'CANCELED';

export interface JobResult {
  /** FINISHED: a bounded run reached its end. CANCELED: stopped on request. */
  readonly state: 'FINISHED' | 'CANCELED';
  readonly restarts: number;
}

/** Where a split stands. Positions are next positions to read. */
export interface SplitStatus {
  readonly split: string;
  readonly inFlight: number;
  readonly position: number | undefined;
  readonly settled: number | undefined;
  readonly committed: number | undefined;
}

export interface JobStatus {
  readonly state: JobState;
  /** Wall-clock milliseconds since when the state holds. */
  readonly since: number;
  readonly restarts: number;
  readonly lastError: string | undefined;
  readonly tasks: readonly SplitStatus[];
  /** Operators that retry in place, and why. */
  readonly waiting: readonly Waiting[];
  /** Why reading makes no progress, undefined where it does. */
  readonly stalled: string | undefined;
}

export interface JobRunnerContext {
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly metrics?: MetricGroup;
}

/** How often a bounded run looks whether it is through. */
const DRAIN_POLL_MS = 50;

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
  #lastError: string | undefined;
  #attempt: JobAttempt | undefined;
  #isClean = true;
  #ended: Promise<void> | undefined;

  constructor(graph: StreamGraph, options: JobOptions = {}, context: JobRunnerContext = {}) {
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

  status(): JobStatus {
    return {
      state: this.state,
      since: this.#since,
      restarts: this.#restarts,
      lastError: this.#lastError,
      tasks: (this.#attempt?.tasks ?? []).map((task) => ({
        split: task.lease.id,
        inFlight: task.inFlight,
        position: task.nextPosition,
        settled: task.settledPosition,
        committed: task.committed,
      })),
      waiting: this.#attempt?.waiting ?? [],
      stalled: this.#attempt?.stalled(),
    };
  }

  /**
   * Runs until stopped; with `untilDrained` until everything that was in the sources at the start, and all that it
   * caused, is settled and committed.
   *
   * @throws SetupError where the first attempt finds the world not as needed; JobFailedError when the restarts are used up
   */
  run(options: { readonly untilDrained?: boolean } = {}): Promise<JobResult> {
    if (this.#ended !== undefined) throw new Error('a JobRunner runs once');
    const result = this.#run(options.untilDrained ?? false);
    this.#ended = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /**
   * Stops in good order: no intake, drain, last checkpoint, close. `clean` is false when work was left undone after
   * `stopTimeoutMs`, or the job was failing.
   */
  async stop(): Promise<{ readonly clean: boolean }> {
    this.#stopping.abort(new Error('stop was asked for'));
    await this.#ended;
    return { clean: this.#isClean };
  }

  /** Ends at once; what is in flight is left undone. */
  async cancel(): Promise<void> {
    this.#isClean = false;
    this.#canceling.abort(new Error('the job was canceled'));
    this.#stopping.abort(new Error('the job was canceled'));
    await this.#ended;
  }

  async #run(untilDrained: boolean): Promise<JobResult> {
    const strategy = (this.#options.restartStrategy ?? RestartStrategies.exponentialDelay())();
    for (;;) {
      const attempt = this.#createAttempt();
      this.#attempt = attempt;
      let failure: { readonly error: unknown } | undefined;
      try {
        const state = await this.#runAttempt(attempt, untilDrained);
        await attempt.close();
        this.#become(state);
        return { state, restarts: this.#restarts };
      } catch (error) {
        failure = { error };
      }
      this.#lastError = messageOf(failure.error);
      this.#become('FAILING');
      this.#logger.error({ err: this.#lastError, restarts: this.#restarts }, 'the job attempt failed');
      await attempt.close();
      const isHopeless = failure.error instanceof SetupError && this.#restarts === 0;
      const delay = isHopeless ? undefined : strategy.next(this.#clock.monotonic());
      if (this.#stopping.signal.aborted) {
        this.#isClean = false;
        this.#become('CANCELED');
        return { state: 'CANCELED', restarts: this.#restarts };
      }
      if (delay === undefined) {
        this.#become('FAILED');
        throw isHopeless ? failure.error : new JobFailedError(this.#graph.jobName, failure.error);
      }
      this.#restarts += 1;
      this.#become('RESTARTING');
      this.#logger.warn({ delayMs: delay, restart: this.#restarts }, 'restarting from the last checkpoint');
      try {
        await sleep(this.#clock, delay, this.#stopping.signal);
      } catch {
        this.#isClean = false;
        this.#become('CANCELED');
        return { state: 'CANCELED', restarts: this.#restarts };
      }
    }
  }

  #createAttempt(): JobAttempt {
    return new JobAttempt(this.#graph, {
      clock: this.#clock,
      logger: this.#logger,
      metrics: this.#metrics,
      stateBackend: (this.#stateBackend ??= this.#options.stateBackend ?? new MemoryStateBackend()),
      maxInFlightPerTask: this.#options.maxInFlightPerTask ?? 1_024,
      maxInFlight: this.#options.maxInFlight ?? 16_384,
    });
  }

  #stateBackend: JobOptions['stateBackend'];

  async #runAttempt(attempt: JobAttempt, untilDrained: boolean): Promise<'FINISHED' | 'CANCELED'> {
    const stopped = aborted(this.#stopping.signal);
    const opened = await Promise.race([attempt.open().then(() => true), attempt.failure, stopped]);
    if (opened !== true) return 'CANCELED';
    const coordinator = new CheckpointCoordinator(attempt, this.#options.checkpoint ?? {});
    this.#become('RUNNING');
    try {
      if (untilDrained) {
        await Promise.all(attempt.sessions.map((session) => session.reader?.captureEnd()));
      }
      coordinator.start();
      const end = untilDrained ? this.#drained(attempt, coordinator) : new Promise<never>(() => undefined);
      const reason = await Promise.race([end, attempt.failure, stopped.then(() => 'stop' as const)]);
      await this.#wind(attempt, coordinator, reason === 'drained');
      return reason === 'drained' && !this.#stopping.signal.aborted ? 'FINISHED' : 'CANCELED';
    } finally {
      await coordinator.stop();
    }
  }

  /** Resolves when everything before the captured ends is settled and committed. */
  async #drained(attempt: JobAttempt, coordinator: CheckpointCoordinator): Promise<'drained'> {
    while (!attempt.signal.aborted) {
      if ((await attempt.isDrained()) && (await coordinator.trigger())) return 'drained';
      await sleep(this.#clock, DRAIN_POLL_MS);
    }
    return new Promise<never>(() => undefined);
  }

  /** The good order of an end: no intake, drain, last checkpoint. */
  async #wind(attempt: JobAttempt, coordinator: CheckpointCoordinator, isBounded: boolean): Promise<void> {
    if (this.#canceling.signal.aborted) return;
    const timeoutMs = this.#options.stopTimeoutMs ?? 25_000;
    const work = async (): Promise<boolean> => {
      await attempt.stopIntake();
      const started = this.#clock.monotonic();
      const drained = await Promise.all(attempt.tasks.map((task) => task.drained(timeoutMs)));
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
      const isClean = await Promise.race([
        work(),
        late,
        aborted(this.#canceling.signal).then(() => false),
        attempt.failure,
      ]);
      if (!isClean && isBounded && !this.#stopping.signal.aborted) {
        throw new Error('the end was reached, but not everything could be committed');
      }
      if (!isClean) this.#isClean = false;
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
