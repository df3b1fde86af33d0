/**
 * Key of an entry: a binary string, one char (0..255) for each byte (`latin1` in Node's words), ordered by its bytes.
 * At most 1,900 chars long.
 */
export type StateKey = string;

/** Whose state it is. Ids are data: a backend must not build paths or commands of them without quoting. */
export interface StateOwner {
  readonly jobName: string;
  /** uid of the source, or the name that several sources of one task share. */
  readonly source: string;
  readonly split: string;
}

/** What a restart goes on from, besides the entries. */
export interface TaskSnapshot {
  /** Source and split, as `positionKey` writes them -> the next position to read. */
  readonly positions: ReadonlyMap<string, number>;
  /** JSON text about the operators and their states (kinds, serializers, versions). Opaque to backends. */
  readonly meta: string;
}

/** What a checkpoint changes: the whole snapshot, and the entries that differ from the checkpoint before. */
export interface StateWrite extends TaskSnapshot {
  /** Values may share memory with each other: copy what is kept. */
  readonly puts: Iterable<readonly [StateKey, Uint8Array]>;
  /** May name keys that were never put. */
  readonly deletes: Iterable<StateKey>;
}

/** The state of one task, to be read. All calls are synchronous: an operator reads while it has an element in hand. */
export interface StateReader {
  /** As it was when the reader was made; undefined where nothing was ever written. */
  readonly snapshot: TaskSnapshot | undefined;
  /** The bytes must not be changed by either side. */
  get(key: StateKey): Uint8Array | undefined;
  /**
   * Entries whose keys begin with `prefix`, in the order of their bytes; those strictly after the key `after` where it is
   * given. Valid until control goes back to the event loop or something is written.
   */
  scan(prefix: StateKey, after?: StateKey): Iterable<readonly [StateKey, Uint8Array]>;
}

/**
 * The right to write the state of one task, from its assignment to this process until someone claims it anew: an owner
 * that was thought dead (a zombie) finds its writes refused.
 */
export interface StateClaim extends StateReader {
  /**
   * True where entries live outside the heap (LMDB): the working state may forget entries that have not changed and read
   * them again, so that `get` and `scan` answer with what was written through this claim too. False where everything is
   * in memory anyway: then everything is scanned once while operators open, and nothing is read after the first
   * `write` that succeeded, so that the claim need not keep it.
   */
  readonly isLargerThanMemory: boolean;
  /**
   * Writes all of it or nothing, and resolves when it is durable. Consumes both iterables before its first `await`: what
   * they read may change afterwards. What an iterable throws is the rejection, and nothing is written. A write whose
   * answer was not waited for may still happen.
   *
   * @throws StateFencedError where a later claim exists
   */
  write(write: StateWrite): Promise<void>;
}

/**
 * Where checkpoints are kept. The backend's positions are the truth; what the source's own group remembers is
 * information, as in Flink's Kafka source. `stateBackendConformance` in `@millrace/core/testing` says what one must do.
 */
export interface StateBackend {
  /** Makes this caller the owner and reads where the one before stood. Any claim made earlier is void from now on. */
  claim(owner: StateOwner): Promise<StateClaim>;
  /** Who has written state under this job's name, in no order. */
  owners(jobName: string): Promise<readonly StateOwner[]>;
  /**
   * The state as it is at this moment, without claiming it; undefined where nothing was written. Later writes do not show
   * in it, or make its calls throw: read it at once.
   */
  read(owner: StateOwner): Promise<StateReader | undefined>;
  close?(): Promise<void>;
}

/** How a snapshot names one split of one source. */
export function positionKey(source: string, split: string): string {
  return JSON.stringify([source, split]);
}
