import type { SavepointPart } from '../savepoint/savepoint-part.js';
import type { Waiting } from './job-attempt.js';

/** Flink's job states, as far as they have a meaning in one process. */
export type JobState = 'CREATED' | 'RUNNING' | 'RESTARTING' | 'FAILING' | 'FAILED' | 'FINISHED' | 'CANCELED';

/** How a run ended that did not fail. */
export interface JobResult {
  /** FINISHED: a bounded run reached its end. CANCELED: stopped on request. */
  readonly state: 'FINISHED' | 'CANCELED';
  readonly restarts: number;
  /** Records read, over all attempts: what was read again counts again. */
  readonly read: number;
  /** Records that were gone from the sources (a log's retention) before this process read them; positions, counted once. */
  readonly missed: number;
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

/** How a job stops. */
export interface StopOptions {
  /** Whether event time ends first: windows and event-time timers fire, whatever is still to come. @default false */
  readonly drain?: boolean;
  /** Folder of a `SavepointInProgress` for the state of this process's tasks. @default none is written */
  readonly savepoint?: string;
}

/** How a stop went. */
export interface StopResult {
  /** False when work was left undone after `stopTimeoutMs`, or the job was failing or has failed. */
  readonly clean: boolean;
  /** What was written of the savepoint; undefined where none was asked for, or the stop was not clean. */
  readonly savepoint?: SavepointPart;
}
