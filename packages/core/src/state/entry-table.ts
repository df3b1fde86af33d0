import { ExpiryHand } from './expiry-hand.js';
import type { StateKey } from './state-backend.js';
import { StateEntry } from './state-entry.js';
import type { EntryAddress } from './state-key.js';
import { StateTable } from './state-table.js';
import type { TableOptions } from './state-table.js';

/** Changes that came to nothing (set and cleared between two checkpoints) before the list of changes is tidied. */
const DEAD_BEFORE_TIDY = 1_024;

/** A state of entries that change one by one: those of value and of map states. */
export abstract class EntryTable extends StateTable {
  #dirty: StateEntry[] = [];
  #dead = 0;
  readonly #hand: ExpiryHand<StateEntry> | undefined;

  constructor(options: TableOptions) {
    super(options);
    if (options.ttl === undefined) return;
    this.#hand = new ExpiryHand(options.ttl, {
      all: () => this.cached(),
      changedAt: (entry) => (entry.exists ? entry.changedAt : undefined),
      expire: (entry) => {
        this.remove(entry);
      },
    });
  }

  abstract override cached(): Generator<StateEntry>;
  /** The entry in memory, if it is there. */
  protected abstract inMemory(address: EntryAddress): StateEntry | undefined;
  protected abstract link(entry: StateEntry): void;
  protected abstract unlink(entry: StateEntry): void;

  override get changes(): number {
    return this.#dirty.length - this.#dead;
  }

  override *puts(): Generator<readonly [StateKey, Uint8Array]> {
    for (const entry of this.#dirty) {
      if (entry.value === undefined) continue;
      yield [this.#keyOf(entry), this.codec.encode(entry.value, entry.changedAt)];
    }
  }

  override deletes(): StateKey[] {
    return this.#dirty
      .filter((entry) => entry.value === undefined && entry.isPersisted)
      .map((entry) => this.#keyOf(entry));
  }

  override taken(): (isWritten: boolean) => void {
    const taken = this.#dirty;
    this.#dirty = [];
    this.#dead = 0;
    for (const entry of taken) {
      entry.isDirty = false;
      if (entry.value !== undefined) entry.isPersisted = true;
    }
    return (isWritten) => {
      if (isWritten) this.#written(taken);
      else this.#notWritten(taken);
    };
  }

  override evict(entry: StateEntry): void {
    if (!entry.isDirty && entry.exists) this.#forget(entry);
  }

  protected override restore(address: EntryAddress, bytes: Uint8Array): void {
    this.link(this.restored(address, bytes));
  }

  protected override expire(address: EntryAddress, bytes: Uint8Array): void {
    if (this.inMemory(address) === undefined) this.remove(this.add(this.restored(address, bytes)));
  }

  protected restored({ key, namespace, member }: EntryAddress, bytes: Uint8Array): StateEntry {
    const entry = new StateEntry(key, namespace, member);
    entry.raw = bytes;
    entry.isPersisted = true;
    if (this.ttl !== undefined) entry.changedAt = this.codec.changedAt(bytes);
    return entry;
  }

  /** Takes a new entry, or one that was read, into memory. */
  protected add(entry: StateEntry): StateEntry {
    // Before, so that it is not this one that goes.
    this.makeRoom();
    this.link(entry);
    this.wasRead(1);
    return entry;
  }

  protected makeRoom(): void {
    this.cache?.sweep();
  }

  /** Entries that came into memory. */
  protected wasRead(count: number): void {
    this.cache?.added(count);
  }

  /** The entry's value, read from its bytes if need be, whether it has expired or not. */
  protected parsed(entry: StateEntry): unknown {
    if (entry.raw !== undefined) {
      entry.value = this.decode(entry.raw, entry);
      entry.raw = undefined;
    }
    entry.isRecent = true;
    return entry.value;
  }

  /** What reading the entry gives, by the rules of its time to live. */
  protected read(entry: StateEntry): unknown {
    const value = this.parsed(entry);
    const { ttl } = this;
    if (ttl === undefined || value === undefined) return value;
    if (ttl.isExpired(entry.changedAt)) {
      this.remove(entry);
      return ttl.returnsExpired ? value : undefined;
    }
    if (ttl.updatesOnRead) {
      entry.changedAt = ttl.now();
      this.#touch(entry);
    }
    return value;
  }

  protected write(entry: StateEntry, value: unknown): void {
    entry.raw = undefined;
    entry.value = value;
    entry.isRecent = true;
    if (this.ttl !== undefined) entry.changedAt = this.ttl.now();
    this.#touch(entry);
  }

  protected remove(entry: StateEntry): void {
    entry.raw = undefined;
    entry.value = undefined;
    if (entry.isPersisted) {
      this.#touch(entry);
      return;
    }
    this.#forget(entry);
    if (!entry.isDirty) return;
    this.#dead += 1;
    this.count.add(-1);
    if (this.#dead > DEAD_BEFORE_TIDY && this.#dead * 2 > this.#dirty.length) this.#tidy();
  }

  /** Every access looks at some entries, to remove those that have expired. */
  protected cleanUp(): void {
    this.#hand?.move();
  }

  #touch(entry: StateEntry): void {
    if (entry.isDirty) return;
    entry.isDirty = true;
    this.#dirty.push(entry);
    this.count.add(1);
  }

  #written(taken: readonly StateEntry[]): void {
    for (const entry of taken) {
      if (entry.isDirty || entry.exists || !entry.isPersisted) continue;
      entry.isPersisted = false;
      this.#forget(entry);
    }
  }

  /** Whether the failed write happened is not known: what it held is written again. */
  #notWritten(taken: readonly StateEntry[]): void {
    for (const entry of taken) if (entry.value !== undefined || entry.isPersisted) this.#touch(entry);
  }

  #forget(entry: StateEntry): void {
    this.unlink(entry);
    this.cache?.removed(1);
  }

  #tidy(): void {
    this.#dirty = this.#dirty.filter((entry) => entry.value !== undefined || entry.isPersisted);
    this.#dead = 0;
  }

  #keyOf(entry: StateEntry): StateKey {
    if (entry.stateKey !== undefined) return entry.stateKey;
    const stateKey = this.stateKey(entry.key, entry.namespace, entry.member);
    // Where everything is in memory, keys kept for all entries would take more than they save.
    if (this.cache !== undefined) entry.stateKey = stateKey;
    return stateKey;
  }
}
