import type { Clock } from '../clock.js';
import type { Logger } from '../logger.js';
import type { MetricGroup } from '../metrics.js';

/**
 * Where a stream begins. The graph holds the `Source`; the runtime opens it once for each attempt of the job.
 *
 * A source is divided into splits (for Kafka: topic-partitions). The runtime keeps one task for each split that is
 * assigned to this process. Semantics after Flink's FLIP-27 readers, with the group coordinator (Kafka's consumer
 * group) in the place of the split enumerator.
 */
export interface Source<T> {
  /** One word for `describe`: `kafka`, `embedded`, `collection`. */
  readonly kind: string;
  /** What is read, for `describe` and logs: a topic's name. */
  readonly description: string;
  /**
   * True where every split comes to an end and says so (`SourceHost.finish`). A job of bounded sources alone ends by
   * itself. @default false
   */
  readonly isBounded?: boolean;
  /**
   * Uid of the sink of the same job that alone writes what is read here, of a repartition topic: in a job whose other
   * sources are bounded the source ends when everything before that sink has, and it is read to its end.
   * @default none: others write too
   */
  readonly writtenBy?: string;
  /**
   * Whether splits that say the same `SplitAssignment.task` share a task also where the source meets no other.
   * @default true
   */
  readonly isCoPartitioned?: boolean;
  /**
   * False where the source itself cannot make positions durable (a file, a collection): the job's state backend keeps
   * them then, also where no operator has state, and `SourceReader.commit` has nothing to do. @default true
   */
  readonly keepsPositions?: boolean;
  /**
   * Connects and begins to read. Resolves when the source is connected (splits may be assigned later).
   * @throws what makes the source unusable, for instance a missing topic
   */
  open(host: SourceHost<T>): Promise<SourceReader>;
}

/** One element that a source hands over, with its place in the split. */
export interface SourceRecord<T> {
  readonly value: T;
  /** Place of the record in its split; strictly increasing within a split. */
  readonly position: number;
  /** Event time in milliseconds since 1970 UTC, undefined where the source knows none. */
  readonly timestamp: number | undefined;
  /** Bytes that the record holds in memory, for the bound of what is in flight. @default 0: not counted */
  readonly bytes?: number;
}

/** Up to 500 records of one split, in order. */
export interface SourceChunk<T> {
  readonly records: readonly SourceRecord<T>[];
  /**
   * The position to read from after this chunk: at least the last record's position + 1, more where the log has gaps
   * behind it (compaction, transaction markers).
   */
  readonly nextPosition: number;
}

/** A split as the source names it when it comes to this process. */
export interface SplitAssignment {
  /** Stable name of the split, for instance `dev.requests-3`. State is kept under it. */
  readonly id: string;
  /**
   * Position that the source itself would begin at (the group's committed offset, or where the reset policy leads).
   * Undefined where it is not known yet; the runtime then takes the first chunk's.
   */
  readonly position: number | undefined;
  /**
   * Splits with the same task are worked on by one task: partition n of co-partitioned topics. Needed where the streams of
   * several sources meet in an operator with state or two inputs; those of all of them then share tasks by this name.
   * @default a task of its own, named by the split's id
   */
  readonly task?: string;
}

/** A split as assigned to this process, until it is revoked or lost. Everything late from an older lease is ignored. */
export interface SplitLease {
  readonly id: string;
  /** Grows with every assignment in this process. */
  readonly epoch: number;
  /**
   * Where to read from: the checkpoint's position where the graph has state and a checkpoint exists, else the
   * assignment's own (undefined: wherever the source would begin).
   */
  readonly startPosition: number | undefined;
}

/** What the runtime is to an open source. All calls come from one process, single-threaded. */
export interface SourceHost<T> {
  readonly jobName: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricGroup;
  /** Aborts when the job is cancelled or fails: give up waiting, retries included. */
  readonly signal: AbortSignal;
  /** Splits are now ours: tasks are created, state is restored. Await it, then read from each lease's position. */
  assign(splits: readonly SplitAssignment[]): Promise<readonly SplitLease[]>;
  /**
   * Hands records over. Resolves when the task wants more: this is the only back-pressure signal there is. Resolves at
   * once, without effect, for a lease that is no longer current. Never rejects. Call it again for the same split only
   * after it resolved.
   */
  push(lease: SplitLease, chunk: SourceChunk<T>): Promise<void>;
  /**
   * The split is bounded, and everything of it was pushed: its event time is at its end, windows and event-time timers
   * fire. Without effect for a lease that is no longer current.
   */
  finish(lease: SplitLease): void;
  /**
   * Splits are being taken away while ownership still holds. Drains what is in flight for at most `timeoutMs`
   * milliseconds, commits what is settled through `SourceReader.commit`, and closes the tasks. Never rejects.
   */
  revoke(leases: readonly SplitLease[], timeoutMs: number): Promise<void>;
  /** Splits are gone already: the tasks are dropped without a commit. */
  lose(leases: readonly SplitLease[]): void;
  /**
   * Positions of a split are gone before anybody read them (a log's retention), and reading goes on behind them. Counted
   * as `numRecordsMissed` and in `JobResult.missed`, each position once, however often it is told; the source logs it.
   *
   * @param from first position that is gone
   * @param to the position where reading goes on
   */
  missed(split: string, from: number, to: number): void;
  /** The source cannot go on (a consumer given up on, an authorisation withdrawn): the job attempt fails. */
  fail(error: unknown): void;
}

/** An open source. */
export interface SourceReader {
  /**
   * Makes positions durable as the ones to go on from; each is the next position to read. A lease that is no longer
   * current is left out silently. Resolves when the log has acknowledged.
   *
   * @throws an error when the commit failed; the runtime tries again at the next checkpoint
   */
  commit(positions: ReadonlyMap<SplitLease, number>): Promise<void>;
  /** No chunk is pushed after this resolves; records in flight may still settle and be committed. */
  stopIntake(): Promise<void>;
  /** Remembers what is in the source now: the end of a bounded run (`run --until-drained`). */
  captureEnd(): Promise<void>;
  /**
   * Whether everything before the captured end is settled and committed, by this process (`settled`: the next position
   * of each of its leases) or by another member of the group.
   */
  isDrained(settled: ReadonlyMap<SplitLease, number>): Promise<boolean>;
  /**
   * Ids of all splits that the source has now, whoever reads them: what a savepoint of several processes must hold.
   * Without it a savepoint is taken for complete when every process has answered.
   */
  splits?(): Promise<readonly string[]>;
  /** Leaves, disconnects, releases. Bounded in time by the source itself. Never rejects. */
  close(): Promise<void>;
  /**
   * Health, for `/health/live`: undefined when reading makes progress (an unreachable service counts as progress as
   * long as the client is trying), else one line that says why not.
   */
  stalled?(): string | undefined;
}
