import { StateFencedError } from '../errors.js';

/** State and position of one split at one moment: what a checkpoint writes in one atomic step. */
export interface SplitCheckpoint {
  /** The next position to read. */
  readonly position: number;
  /** Operator uid -> what its copy returned from `snapshotState`: whatever structured cloning can copy. */
  readonly state: ReadonlyMap<string, unknown>;
}

/** Whose state it is. Ids are data: a backend must not build paths or commands of them without quoting. */
export interface StateOwner {
  readonly jobName: string;
  /** uid of the source: two sources may read splits of the same name. */
  readonly source: string;
  readonly split: string;
}

/**
 * The right to write the state of one split, from its assignment to this process until someone claims it anew: an owner
 * that was thought dead (a zombie) finds its writes refused.
 */
export interface StateClaim {
  /** The last complete checkpoint, as it was when the claim was made; undefined where there was none. */
  readonly restored: SplitCheckpoint | undefined;
  /**
   * Writes all of it or nothing, and resolves when it is durable. What `state` refers to may change as soon as this
   * returns its promise: encode it before the first `await`. A write whose answer was not waited for may still happen.
   *
   * @throws StateFencedError where a later claim exists
   */
  write(checkpoint: SplitCheckpoint): Promise<void>;
}

/**
 * Where checkpoints are kept. The backend's position is the truth; what the source's own group remembers is
 * information, as in Flink's Kafka source.
 */
export interface StateBackend {
  /** Makes this caller the owner and reads where the one before stood. Any claim made earlier is void from now on. */
  claim(owner: StateOwner): Promise<StateClaim>;
}

/**
 * Keeps checkpoints in this process: for tests, and for jobs whose state may begin anew with the process. Copies what it
 * takes and gives, as a backend with a server would.
 */
export class MemoryStateBackend implements StateBackend {
  readonly #kept = new Map<string, { epoch: number; checkpoint: SplitCheckpoint | undefined }>();

  claim(owner: StateOwner): Promise<StateClaim> {
    const id = JSON.stringify([owner.jobName, owner.source, owner.split]);
    const kept = this.#kept.get(id) ?? { epoch: 0, checkpoint: undefined };
    this.#kept.set(id, kept);
    kept.epoch += 1;
    const { epoch } = kept;
    return Promise.resolve({
      restored: structuredClone(kept.checkpoint),
      // `async`, so that what cannot be cloned is a rejection; nothing is awaited before it is copied.
      write: async (checkpoint) => {
        if (kept.epoch !== epoch) throw new StateFencedError(owner.split);
        kept.checkpoint = structuredClone(checkpoint);
      },
    });
  }

  /** The checkpoint of a split as it stands, for tests; undefined where there is none. */
  peek(owner: StateOwner): SplitCheckpoint | undefined {
    const id = JSON.stringify([owner.jobName, owner.source, owner.split]);
    return structuredClone(this.#kept.get(id)?.checkpoint);
  }
}
