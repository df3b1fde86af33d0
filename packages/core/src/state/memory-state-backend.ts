import { StateFencedError } from '../errors.js';
import type { StateBackend, StateClaim, StateKey, StateOwner, StateReader, StateWrite } from './state-backend.js';
import type { TaskSnapshot } from './state-backend.js';

interface Kept {
  readonly owner: StateOwner;
  epoch: number;
  snapshot: TaskSnapshot | undefined;
  entries: Map<StateKey, Uint8Array>;
}

/** How a `MemoryStateBackend` behaves. */
export interface MemoryStateBackendOptions {
  /**
   * Whether claims say that their entries live outside the heap, so that the runtime forgets and reads again, as on LMDB:
   * for tests of that.
   * @default false
   */
  readonly isLargerThanMemory?: boolean;
}

/**
 * Keeps checkpoints in this process: for tests, and for jobs whose state may begin anew with the process. Entries are
 * bytes, as in any other backend.
 */
export class MemoryStateBackend implements StateBackend {
  readonly #kept = new Map<string, Kept>();
  readonly #isLargerThanMemory: boolean;

  constructor(options: MemoryStateBackendOptions = {}) {
    this.#isLargerThanMemory = options.isLargerThanMemory ?? false;
  }

  claim(owner: StateOwner): Promise<StateClaim> {
    const id = idOf(owner);
    const kept: Kept = this.#kept.get(id) ?? { owner, epoch: 0, snapshot: undefined, entries: new Map() };
    this.#kept.set(id, kept);
    kept.epoch += 1;
    const { epoch } = kept;
    let isReadable = true;
    // As strict as a backend that keeps nothing once the working state has it, so that tests find who reads too late.
    const entries = (): ReadonlyMap<StateKey, Uint8Array> => {
      if (!isReadable) throw new Error('state in memory is read before the first write has succeeded, not after');
      return kept.entries;
    };
    return Promise.resolve({
      snapshot: kept.snapshot,
      isLargerThanMemory: this.#isLargerThanMemory,
      get: (key) => entries().get(key),
      scan: (prefix, after) => scan(entries(), prefix, after),
      // `async`, so that what cannot be serialized is a rejection; nothing is awaited before it is taken.
      write: async (write) => {
        if (kept.epoch !== epoch) throw new StateFencedError(owner.split);
        apply(kept, write);
        isReadable = this.#isLargerThanMemory;
      },
    });
  }

  owners(jobName: string): Promise<readonly StateOwner[]> {
    const written = [...this.#kept.values()].filter((each) => each.snapshot !== undefined);
    return Promise.resolve(written.map((each) => each.owner).filter((owner) => owner.jobName === jobName));
  }

  read(owner: StateOwner): Promise<StateReader | undefined> {
    return Promise.resolve(this.peek(owner));
  }

  /** As `read`, at once: for tests. */
  peek(owner: StateOwner): StateReader | undefined {
    const kept = this.#kept.get(idOf(owner));
    if (kept?.snapshot === undefined) return undefined;
    const entries = new Map(kept.entries);
    return {
      snapshot: kept.snapshot,
      get: (key) => entries.get(key),
      scan: (prefix, after) => scan(entries, prefix, after),
    };
  }
}

function apply(kept: Kept, write: StateWrite): void {
  // Everything is read before anything is changed: an iterable may throw.
  const deletes = [...write.deletes];
  const puts = [...write.puts];
  for (const key of deletes) kept.entries.delete(key);
  // Copies: what is written shares memory with what is replaced soon.
  for (const [key, bytes] of puts) kept.entries.set(key, new Uint8Array(bytes));
  kept.snapshot = { positions: new Map(write.positions), meta: write.meta };
}

function* scan(
  entries: ReadonlyMap<StateKey, Uint8Array>,
  prefix: StateKey,
  after: StateKey | undefined,
): Generator<readonly [StateKey, Uint8Array]> {
  const keys = [...entries.keys()].filter((key) => key.startsWith(prefix) && (after === undefined || key > after));
  for (const key of keys.sort()) {
    const bytes = entries.get(key);
    if (bytes !== undefined) yield [key, bytes];
  }
}

function idOf({ jobName, source, split }: StateOwner): string {
  return JSON.stringify([jobName, source, split]);
}
