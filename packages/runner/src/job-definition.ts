import type { Clock, JobOptions, Logger, MetricGroup, StreamGraph } from '@millrace/core';
import type { JobCommand } from './command/job-command.js';
import type { Config, VariableTable } from './config/variable.js';

/**
 * A job as the `millrace` command sees it: the default export of a job's package. The runner knows no job by name;
 * what differs between jobs is in here.
 */
export interface JobDefinition<V extends VariableTable = VariableTable> {
  /** Label `job` of metrics and logs, `jobName` of failed events: `enrolment-reconciliation`. */
  readonly name: string;
  /** The job's own variables; the runner adds its own (`runnerVariables`). */
  readonly variables: V;
  /** Checks that need more than one value. One line for each problem: the keys, the values, what is allowed. */
  check?(config: Config<V>): readonly string[];
  /** Builds the job. Does no I/O but for loading modules: `describe` and `config` work without any service. */
  create(context: JobContext<V>): Job | Promise<Job>;
  /** `load` and `dump`; absent where a job has no data sets. */
  readonly dataset?: DatasetCommands<V>;
  /** `sample`; absent where a job makes none. */
  sample?(options: SampleOptions): Promise<void>;
  /** What operators ask of the job: `millrace NAME JOB`. */
  readonly commands?: readonly JobCommand<V>[];
}

/** What a job is built with. */
export interface JobContext<V extends VariableTable = VariableTable> {
  readonly config: Config<V>;
  /** Folder of the embedded stores (`--embedded DIR`), undefined where the job runs on services. */
  readonly embedded: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Already labelled with the job's name. */
  readonly metrics: MetricGroup;
}

/** A job built for one run of the process. */
export interface Job {
  readonly graph: StreamGraph;
  /** Checkpoint interval, restart strategy, bounds of what is in flight. */
  readonly options: JobOptions;
  /**
   * Connects to what the job needs and checks it (topics, tables, columns), within `startup.timeout`.
   *
   * @throws SetupError, ServiceUnavailableError
   */
  connect(signal: AbortSignal): Promise<void>;
  /** Releases everything. Never rejects. */
  close(): Promise<void>;
  /** Counts so far, by the names of the summary; the runner adds `read`, `seconds`, `perSecond`, `restarts`. */
  summary(): JobCounts;
}

/** Every record is one of the first four. */
export interface JobCounts {
  readonly processed: number;
  readonly skipped: number;
  readonly failed: number;
  readonly coalesced: number;
  /** Further counts of the job, in the order they are printed (`completed`, `certificates`, `audits`). */
  readonly [name: string]: number;
}

/** How a job loads data sets and dumps its results. */
export interface DatasetCommands<V extends VariableTable = VariableTable> {
  /** Checks every line of every file before anything is written, then loads. @throws DatasetError for a bad line */
  load(context: JobContext<V>, options: LoadOptions): Promise<CommandReport>;
  dump(context: JobContext<V>, options: DumpOptions): Promise<CommandReport>;
}

/** What `load` was asked for. */
export interface LoadOptions {
  readonly dataset: string;
  /** Partitions of topics that are created; undefined where the user did not say. */
  readonly partitions: number | undefined;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What `dump` was asked for. */
export interface DumpOptions {
  readonly out: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What `sample` was asked for. */
export interface SampleOptions {
  readonly out: string;
  readonly users: number | undefined;
  readonly courses: number | undefined;
  readonly seed: number | undefined;
  readonly progress: Progress;
}

/** Tells the user where a command stands; called as often as one likes. */
export type Progress = (done: number, total: number | undefined, what: string) => void;

/** What a command did: rows or records by file or table, printed as a table or as JSON; notes go to standard error. */
export interface CommandReport {
  readonly counts: Readonly<Record<string, number>>;
  readonly notes?: readonly string[];
}
