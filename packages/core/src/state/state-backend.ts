/** State and position of one split at one moment: what a checkpoint writes in one atomic step. */
export interface SplitCheckpoint {
  /** The next position to read. */
  readonly position: number;
  /** Operator uid -> what its copy returned from `snapshotState`. */
  readonly state: ReadonlyMap<string, unknown>;
}

/**
 * Where checkpoints are kept. The backend's position is the truth; what the source's own group remembers is
 * information, as in Flink's Kafka source.
 */
export interface StateBackend {
  /** The last complete checkpoint of a split, undefined where there is none. */
  read(jobName: string, split: string): Promise<SplitCheckpoint | undefined>;
  /** Writes all of it or nothing. */
  write(jobName: string, split: string, checkpoint: SplitCheckpoint): Promise<void>;
}

/** Keeps checkpoints in this process: for tests, and for jobs whose state may begin anew with the process. */
export class MemoryStateBackend implements StateBackend {
  readonly #checkpoints = new Map<string, SplitCheckpoint>();

  read(jobName: string, split: string): Promise<SplitCheckpoint | undefined> {
    return Promise.resolve(this.#checkpoints.get(JSON.stringify([jobName, split])));
  }

  write(jobName: string, split: string, checkpoint: SplitCheckpoint): Promise<void> {
    this.#checkpoints.set(JSON.stringify([jobName, split]), structuredClone(checkpoint));
    return Promise.resolve();
  }
}
