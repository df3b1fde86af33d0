import type { Savepoint } from '../savepoint/savepoint.js';
import type { StateBackend } from '../state/state-backend.js';
import type { RestartStrategyFactory } from './restart-strategy.js';

/** When checkpoints are taken and what becomes of those that fail. Names and defaults after Flink's, but the interval. */
export interface CheckpointOptions {
  /**
   * Milliseconds between checkpoints: how much is repeated after a crash. Without state a checkpoint is one commit of
   * offsets while work flows; with state it holds the intake for as long as what is in flight takes to drain.
   * @default 1_000
   */
  readonly intervalMs?: number;
  /**
   * Milliseconds after which a checkpoint that has not completed is given up. With state it must be longer than what is
   * in flight may take to drain, retries in place included; else the job restarts over and over.
   * @default 600_000
   */
  readonly timeoutMs?: number;
  /** Milliseconds of work at least between the end of a checkpoint and the next. @default 0 */
  readonly minPauseMs?: number;
  /**
   * Consecutive failures of checkpoints with state that are borne; one more fails the job attempt. Without state the
   * positions stay where they are and the next commit tries again: nothing is lost by it, only repeated after a crash.
   * @default 0
   */
  readonly tolerableFailures?: number;
  /**
   * Entries of state, of all tasks of this process together, that have changed since the last checkpoint at which the
   * next is taken without waiting for the interval (for `minPauseMs` it does wait). Bounds what changes take in memory
   * and what one atomic write holds (on LMDB up to 4 KiB of memory for each, where keys are scattered over a large state):
   * too many, and the write takes long and may exceed what the backend's server allows; too few, and the job does nothing
   * but checkpoints.
   * @default 25_000
   */
  readonly maxChangedEntries?: number;
}

/** How a job is run. */
export interface JobOptions {
  readonly checkpoint?: CheckpointOptions;
  /** @default exponential delay, as in Flink with checkpoints on */
  readonly restartStrategy?: RestartStrategyFactory;
  /**
   * Records of one split that are read and not settled. The bound of memory for a sink that stops answering; too small
   * leaves asynchronous operators without work.
   * @default 1_024
   */
  readonly maxInFlightPerTask?: number;
  /** The same for the whole process. Below that of a task times the splits, tasks wait for each other. @default 16_384 */
  readonly maxInFlight?: number;
  /**
   * Bytes of those records, as their source counts them (key, value and headers). Bounds the memory of large records; one
   * is always taken, however large.
   * @default 67_108_864 (64 MiB)
   */
  readonly maxInFlightBytes?: number;
  /**
   * Milliseconds that `stop` lets work in flight drain. Too long, and the process is killed before the last commit.
   * @default 25_000: Kubernetes kills after 30
   */
  readonly stopTimeoutMs?: number;
  /**
   * Milliseconds between two looks at the watermark generators (Flink's `pipeline.auto-watermark-interval`); they are
   * also looked at after each chunk of records. 0: only then, and idleness is not noticed.
   * @default 200
   */
  readonly autoWatermarkIntervalMs?: number;
  /** Where state is kept; needed where the graph has state. @default in memory: lost with the process */
  readonly stateBackend?: StateBackend;
  /**
   * Entries of state that all tasks of this process together keep in memory besides those that have changed, where the
   * backend is larger than memory (LMDB). Too few, and state is read and parsed over and over; too many, and the process
   * runs out of memory.
   * @default 50_000
   */
  readonly maxCachedStateEntries?: number;
  /**
   * What the state begins with, in the place of the last checkpoint. Once: after a restart the job goes on from its own
   * checkpoints, also when it is started with the same savepoint again.
   * @default the last checkpoint
   */
  readonly savepoint?: Savepoint;
  /**
   * Whether state of operators that the graph does not have any more is thrown away at the start. Otherwise the job does
   * not start, because a mistyped or missing uid would cost all that operator's state.
   * @default false
   */
  readonly allowNonRestoredState?: boolean;
}
