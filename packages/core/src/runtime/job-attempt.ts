import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock.js';
import { sleep } from '../clock.js';
import type { SinkWriter } from '../connector/sink.js';
import type { SplitLease } from '../connector/source.js';
import { messageOf } from '../errors.js';
import type { GraphNode, StreamGraph } from '../graph/stream-graph.js';
import type { Logger } from '../logger.js';
import type { MetricGroup } from '../metrics.js';
import type { Savepoint } from '../savepoint/savepoint.js';
import type { StateBackend } from '../state/state-backend.js';
import { checkOwners } from './check-owners.js';
import { InFlightBudget } from './in-flight-budget.js';
import type { MissedRecords } from './missed-records.js';
import { AdaptiveLimit } from './adaptive-limit.js';
import { Permits } from './permits.js';
import { SourceSession } from './source-session.js';
import { positionKey } from './task-input.js';
import { TaskRegistry } from './task-registry.js';
import type { TaskServices } from './task-services.js';
import type { Task } from './task.js';
import { WatermarkAlignments } from './watermark-alignment.js';

/** How long closing waits for sinks and sources that do not bound it themselves. */
const CLOSE_MS = 15_000;

/** What every attempt of one job has alike. */
export interface AttemptOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricGroup;
  readonly stateBackend: StateBackend;
  readonly maxInFlightPerTask: number;
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  readonly allowNonRestoredState: boolean;
  readonly autoWatermarkIntervalMs: number;
  readonly maxChangedEntries: number;
  readonly maxCachedStateEntries: number | undefined;
  /** What the state begins with; undefined: with the last checkpoint. */
  readonly savepoint: Savepoint | undefined;
  readonly missed: MissedRecords;
}

/** An operator that waits for something outside before it can go on. */
export interface Waiting {
  readonly operator: string;
  /** Wall-clock milliseconds of the first failure. */
  readonly since: number;
  readonly error: string;
}

/**
 * One attempt to run the job: the open sinks and sources, and the tasks of the splits that are assigned to this process.
 * It fails as a whole; the next attempt begins at the last checkpoint with everything opened anew.
 */
export class JobAttempt {
  readonly graph: StreamGraph;
  readonly options: AttemptOptions;
  readonly services: TaskServices;
  readonly registry: TaskRegistry;
  /** Rejects with the first error; never resolves. */
  readonly failure: Promise<never>;
  /** Takes a checkpoint soon; set by who takes them. */
  askForCheckpoint: () => void = () => undefined;
  readonly #writers = new Map<string, SinkWriter<unknown>>();
  readonly #sessions: SourceSession[] = [];
  readonly #permits = new Map<string, Permits>();
  /** Operator -> its elements that wait. */
  readonly #waiting = new Map<string, Set<Waiting>>();
  readonly #abort = new AbortController();
  #reject!: (error: unknown) => void;

  constructor(graph: StreamGraph, options: AttemptOptions) {
    this.graph = graph;
    this.options = options;
    // Every task, sink and source listens; Node warns of more than ten.
    setMaxListeners(0, this.signal);
    this.failure = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    // Who does not wait for it must not get an unhandled rejection.
    this.failure.catch(() => undefined);
    this.services = {
      jobName: graph.jobName,
      clock: options.clock,
      logger: options.logger,
      metrics: options.metrics,
      resources: { writerOf: (uid) => this.#writerOf(uid) },
      budget: new InFlightBudget(options.maxInFlight, options.maxInFlightBytes),
      maxInFlight: options.maxInFlightPerTask,
      autoWatermarkIntervalMs: options.autoWatermarkIntervalMs,
      alignments: new WatermarkAlignments(),
      sharedPermits: (uid, capacity, adaptive) => this.#sharedPermits(uid, capacity, adaptive),
      waiting: (operator, error, since) => this.#beginWaiting(operator, error, since),
      fail: (error) => {
        this.#reject(error);
      },
    };
    this.registry = new TaskRegistry(this);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get sessions(): readonly SourceSession[] {
    return this.#sessions;
  }

  /** Open tasks of all sources. */
  get tasks(): readonly Task[] {
    return this.registry.tasks;
  }

  /** Operators that wait, the longest first; one entry for each operator. */
  get waiting(): readonly Waiting[] {
    const longest = [...this.#waiting.values()].map((entries) =>
      [...entries].reduce((longest, each) => (each.since < longest.since ? each : longest)),
    );
    return longest.sort((a, b) => a.since - b.since);
  }

  /** Sinks first: a source may hand over records while it opens. */
  async open(): Promise<void> {
    const { clock, logger, metrics } = this.options;
    await checkOwners(this);
    for (const node of this.graph.nodes) {
      if (node.sink === undefined) continue;
      const writer = await node.sink.open({
        jobName: this.graph.jobName,
        clock,
        logger: logger.child({ operator: node.uid }),
        metrics: metrics.group({ operator: node.uid }),
        signal: this.signal,
      });
      await this.#endIfLate(() => writer.close());
      this.#writers.set(node.uid, writer);
    }
    for (const node of this.graph.nodes) {
      if (node.source === undefined) continue;
      const session = new SourceSession(this, node as GraphNode & { source: NonNullable<GraphNode['source']> });
      this.#sessions.push(session);
      await session.open();
      await this.#endIfLate(() => session.close());
    }
  }

  /** What opened after the attempt had ended is closed here, since `close` may not have seen it. */
  async #endIfLate(close: () => Promise<unknown>): Promise<void> {
    if (!this.signal.aborted) return;
    await close();
    throw this.signal.reason;
  }

  /** Ends a task, and with it all its splits, of whatever source. */
  endTask(task: Task): void {
    this.registry.end(task);
    for (const session of this.#sessions) session.forget(task);
  }

  async flushSinks(): Promise<void> {
    await Promise.all([...this.#writers.values()].map((writer) => writer.flush()));
  }

  /** No record comes in any more. */
  async stopIntake(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.stopIntake()));
  }

  /** Ends everything, whatever state it is in. Never rejects. */
  async close(): Promise<void> {
    this.#abort.abort(new Error('the job attempt has ended'));
    const { logger } = this.options;
    const quietly = async (what: string, close: () => Promise<unknown>): Promise<void> => {
      const patience = new AbortController();
      try {
        const late = sleep(this.options.clock, CLOSE_MS, patience.signal).then(
          () => {
            logger.warn({ what }, 'closing takes too long; going on without it');
          },
          () => undefined,
        );
        await Promise.race([close(), late]);
      } catch (error) {
        logger.warn({ what, err: messageOf(error) }, 'error while closing');
      } finally {
        patience.abort(new Error('closed'));
      }
    };
    await Promise.all(this.tasks.map((task) => quietly(`task ${task.name}`, () => task.close())));
    await Promise.all(this.#sessions.map((session) => quietly(session.uid, () => session.close())));
    await Promise.all([...this.#writers].map(([uid, writer]) => quietly(uid, () => writer.close())));
  }

  /** Every split of every source, as positions in a checkpoint name them; those that do not know theirs say nothing. */
  async splits(): Promise<readonly string[]> {
    const ofSessions = await Promise.all(
      this.#sessions.map(async ({ uid, reader }) =>
        ((await reader?.splits?.()) ?? []).map((split) => positionKey(uid, split)),
      ),
    );
    return ofSessions.flat();
  }

  /** First reason why a source makes no progress, for the health check. */
  stalled(): string | undefined {
    for (const session of this.#sessions) {
      const reason = session.reader?.stalled?.();
      if (reason !== undefined) return `${session.uid}: ${reason}`;
    }
    return undefined;
  }

  /** Settled positions by source, of the leases that this process holds. */
  settledOf(session: SourceSession): Map<SplitLease, number> {
    const positions = new Map<SplitLease, number>();
    for (const { lease, tracker } of session.inputs) {
      const position = tracker.settledPosition;
      if (position !== undefined) positions.set(lease, position);
    }
    return positions;
  }

  #writerOf(uid: string): SinkWriter<unknown> {
    const writer = this.#writers.get(uid);
    if (writer === undefined) throw new Error(`the sink ${uid} is not open`);
    return writer;
  }

  #sharedPermits(uid: string, capacity: number, adaptive: boolean): Permits {
    const known = this.#permits.get(uid);
    if (known !== undefined) return known;
    const { clock, metrics } = this.options;
    const permits = new Permits(capacity, adaptive ? new AdaptiveLimit(capacity, clock) : undefined);
    this.#permits.set(uid, permits);
    if (adaptive) {
      metrics.group({ operator: uid }).gauge('inFlightLimit', () => permits.limit, 'Keys that may be inside at once');
    }
    return permits;
  }

  #beginWaiting(operator: string, error: unknown, since: number): () => void {
    const { clock, logger } = this.options;
    const entry = { operator, since, error: messageOf(error) };
    const entries = this.#waiting.get(operator) ?? new Set<Waiting>();
    // One line for an outage, however many elements it stops.
    if (entries.size === 0) logger.warn({ operator, err: entry.error }, 'waiting for something outside');
    this.#waiting.set(operator, entries.add(entry));
    for (const permits of this.#permits.values()) permits.overloaded();
    return () => {
      entries.delete(entry);
      if (entries.size > 0) return;
      this.#waiting.delete(operator);
      if (!this.signal.aborted) logger.info({ operator, waitedMs: clock.now() - since }, 'nothing waits any more');
    };
  }
}
