import type { Clock } from '../clock.js';
import { CheckpointError, UnclaimedStateError } from '../errors.js';
import { CacheSweep, TaskCache } from './cache-sweep.js';
import { ChangeCount } from './change-count.js';
import type { ChangeTotal } from './change-count.js';
import { KeyedStateBackend } from './keyed-state-backend.js';
import type { StateClaim, StateKey, StateOwner, StateWrite } from './state-backend.js';
import { statePrefix } from './state-key.js';
import { StateRegistry } from './state-registry.js';
import type { Changes } from './state-table.js';

/** How the state of a task is opened. */
export interface TaskStateOptions {
  readonly owner: StateOwner;
  readonly clock: Clock;
  /** uids of the operators that may have state. */
  readonly stateful: readonly string[];
  /** Whether state of other operators is dropped, instead of failing the start. */
  readonly allowNonRestoredState: boolean;
  /**
   * Bounds the entries that are in memory besides those that changed since the last checkpoint, where the backend is
   * larger than memory; the tasks of a job share one.
   * @default one for this task alone
   */
  readonly cache?: CacheSweep;
  /** Told of what changes; the tasks of a job share one. @default nobody is */
  readonly changes?: ChangeTotal;
}

/** The state of all operators of one task, and the one place that writes its changes to the claim. */
export class TaskState {
  /** Where a restart goes on: `positionKey` -> next position. Empty for a task that begins anew. */
  readonly restoredPositions: ReadonlyMap<string, number>;
  readonly #claim: StateClaim;
  readonly #clock: Clock;
  readonly #registry: StateRegistry;
  readonly #cache: TaskCache | undefined;
  readonly #operators = new Map<string, KeyedStateBackend>();
  /** First bytes of entries that the next write deletes: state of operators that the graph does not have. */
  #dropped: StateKey[] = [];
  readonly #count: ChangeCount;
  #isWriting = false;

  /** @throws UnclaimedStateError where there is state of operators that the graph does not have */
  constructor(claim: StateClaim, options: TaskStateOptions) {
    this.#claim = claim;
    this.#clock = options.clock;
    this.#registry = new StateRegistry(claim.snapshot?.meta);
    this.restoredPositions = claim.snapshot?.positions ?? new Map();
    this.#count = new ChangeCount(options.changes);
    this.#dropUnclaimed(options);
    // Last: a task that does not open is none that shares.
    this.#cache = claim.isLargerThanMemory ? new TaskCache(options.cache ?? new CacheSweep()) : undefined;
  }

  /** The states of one operator; the same object for every call. */
  forOperator(uid: string): KeyedStateBackend {
    const known = this.#operators.get(uid);
    if (known !== undefined) return known;
    const clock = this.#clock;
    const services = { reader: this.#claim, registry: this.#registry, clock, cache: this.#cache, count: this.#count };
    const operator = new KeyedStateBackend(uid, services);
    this.#operators.set(uid, operator);
    return operator;
  }

  /** Entries that are in memory, where the backend is larger than that; else 0, uncounted. */
  get entriesInMemory(): number {
    return this.#cache?.size ?? 0;
  }

  /** Entries that the next write holds, about. */
  get changes(): number {
    let sum = 0;
    for (const each of this.#changes()) sum += each.changes;
    return sum;
  }

  /**
   * Writes what changed since the last write, with the positions that belong to it, in one atomic step. Nothing may be in
   * flight when it is called; what is written is read before it returns its promise. When it fails, the next write holds
   * these changes too.
   *
   * @throws CheckpointError while an earlier write has not been answered; what the backend throws
   */
  async write(positions: ReadonlyMap<string, number>): Promise<void> {
    if (this.#isWriting) throw new CheckpointError('the write of the checkpoint before has not been answered');
    this.#isWriting = true;
    if (this.#cache !== undefined) this.#cache.isHeld = true;
    for (const operator of this.#operators.values()) {
      operator.seal();
      operator.expire();
    }
    const dropped = this.#dropped;
    let settle: ((isWritten: boolean) => void)[] = [];
    try {
      const written = this.#claim.write(this.changed(positions));
      settle = this.#changes().map((each) => each.taken());
      this.#count.reset();
      await written;
      this.#dropped = this.#dropped.filter((prefix) => !dropped.includes(prefix));
      for (const each of settle) each(true);
    } catch (error) {
      for (const each of settle) each(false);
      throw error;
    } finally {
      this.#isWriting = false;
      if (this.#cache !== undefined) this.#cache.isHeld = false;
    }
  }

  /** The task has ended: what it had in memory counts no more. */
  close(): void {
    this.#count.reset();
    this.#cache?.close();
  }

  /** What a write would hold now; nothing is changed by it. */
  changed(positions: ReadonlyMap<string, number>): StateWrite {
    return {
      positions,
      meta: this.#registry.toText(),
      puts: { [Symbol.iterator]: () => this.#puts() },
      deletes: { [Symbol.iterator]: () => this.#deletes() },
    };
  }

  *#puts(): Generator<readonly [StateKey, Uint8Array]> {
    // Not `yield*`: it costs as much as a second generator, for each entry.
    for (const each of this.#changes()) for (const put of each.puts()) yield put;
  }

  *#deletes(): Generator<StateKey> {
    for (const prefix of this.#dropped) for (const [key] of this.#claim.scan(prefix)) yield key;
    for (const each of this.#changes()) yield* each.deletes();
  }

  #changes(): Changes[] {
    return [...this.#operators.values()].flatMap((operator) => operator.changes);
  }

  #dropUnclaimed({ owner, stateful, allowNonRestoredState }: TaskStateOptions): void {
    const unclaimed = this.#registry.states.filter((state) => !stateful.includes(state.operator));
    const holding = unclaimed.filter((state) => !isEmpty(this.#claim.scan(statePrefix(state.id))));
    if (holding.length > 0 && !allowNonRestoredState) {
      throw new UnclaimedStateError(owner.split, [...new Set(holding.map((state) => state.operator))]);
    }
    for (const state of unclaimed) this.#registry.forget(state);
    this.#dropped = holding.map((state) => statePrefix(state.id));
  }
}

function isEmpty(entries: Iterable<unknown>): boolean {
  for (const _ of entries) return false;
  return true;
}
