import type { CacheSweep } from './cache-sweep.js';
import type { CurrentKey } from './current-key.js';
import type { StateCodec } from './state-codec.js';
import { versionOf } from './state-codec.js';
import type { StateKey, StateReader } from './state-backend.js';
import { StateEntry } from './state-entry.js';
import { decodeAddress, encodeAddress, statePrefix } from './state-key.js';
import type { EntryAddress, Key } from './state-key.js';
import type { TimeToLive } from './time-to-live.js';

/** Changes that came to nothing (set and cleared between two checkpoints) before the list of changes is tidied. */
const DEAD_BEFORE_TIDY = 1_024;
/** Entries outside the heap that each checkpoint looks at for expired ones. */
const PERSISTED_LOOKS = 1_000;

/** What a table is made with. */
export interface TableOptions {
  readonly name: string;
  readonly id: number;
  readonly codec: StateCodec<unknown>;
  readonly current: CurrentKey;
  readonly ttl: TimeToLive | undefined;
  readonly reader: StateReader;
  /** Undefined where everything is in memory. */
  readonly cache: CacheSweep | undefined;
}

/**
 * The entries of one state of one operator copy: live values, and the list of those that changed since the last
 * checkpoint. Bytes are made for a checkpoint alone.
 */
export abstract class StateTable {
  readonly name: string;
  readonly prefix: StateKey;
  protected readonly current: CurrentKey;
  protected readonly ttl: TimeToLive | undefined;
  /** To read entries that are not in memory; undefined where all are. */
  protected readonly reader: StateReader | undefined;
  readonly #codec: StateCodec<unknown>;
  readonly #cache: CacheSweep | undefined;
  #dirty: StateEntry[] = [];
  #dead = 0;
  #toClean: Iterator<StateEntry> | undefined;
  #persistedLook: StateKey | undefined;

  constructor({ name, id, codec, current, ttl, reader, cache }: TableOptions) {
    this.name = name;
    this.prefix = statePrefix(id);
    this.current = current;
    this.ttl = ttl;
    this.#codec = codec;
    this.#cache = cache;
    this.reader = cache === undefined ? undefined : reader;
    cache?.add(this);
  }

  /** Takes all entries of the claim into memory, where they belong there. */
  load(reader: StateReader): void {
    if (this.reader !== undefined) return;
    for (const [stateKey, bytes] of reader.scan(this.prefix)) {
      this.link(this.restored(decodeAddress(stateKey, this.prefix.length), bytes));
    }
  }

  /** Keys and namespaces that have something, each once. */
  abstract places(): Iterable<{ readonly key: Key; readonly namespace: string }>;
  /** Entries in memory. */
  abstract entries(): Generator<StateEntry>;
  /** The entry in memory, if it is there. */
  protected abstract inMemory(address: EntryAddress): StateEntry | undefined;
  protected abstract link(entry: StateEntry): void;
  protected abstract unlink(entry: StateEntry): void;

  /** Changes that the next checkpoint writes, about. */
  get changes(): number {
    return this.#dirty.length - this.#dead;
  }

  *puts(): Generator<readonly [StateKey, Uint8Array]> {
    for (const entry of this.#dirty) {
      if (entry.value === undefined) continue;
      yield [this.#keyOf(entry), this.#codec.encode(entry.value, entry.changedAt)];
    }
  }

  *deletes(): Generator<StateKey> {
    for (const entry of this.#dirty) {
      if (entry.value === undefined && entry.isPersisted) yield this.#keyOf(entry);
    }
  }

  /** A checkpoint has taken the changes; until it is known how it ended, they count as written. */
  taken(): readonly StateEntry[] {
    const taken = this.#dirty;
    this.#dirty = [];
    this.#dead = 0;
    for (const entry of taken) {
      entry.isDirty = false;
      if (entry.value !== undefined) entry.isPersisted = true;
    }
    return taken;
  }

  written(taken: readonly StateEntry[]): void {
    for (const entry of taken) {
      if (entry.isDirty || entry.exists || !entry.isPersisted) continue;
      entry.isPersisted = false;
      this.#forget(entry);
    }
  }

  /** Whether the failed write happened is not known: what it held is written again. */
  notWritten(taken: readonly StateEntry[]): void {
    for (const entry of taken) {
      if (entry.value !== undefined || entry.isPersisted) this.#touch(entry);
    }
  }

  /** Gives an entry that has not changed back to the backend. @returns whether it did */
  evict(entry: StateEntry): boolean {
    if (entry.isRecent || entry.isDirty || !entry.exists) {
      entry.isRecent = false;
      return false;
    }
    this.#forget(entry);
    return true;
  }

  /** Removes some of the expired entries that are not in memory; the next checkpoint deletes them. */
  expirePersisted(): void {
    if (this.ttl === undefined || this.ttl.cleanupSize === 0 || this.reader === undefined) return;
    let left = PERSISTED_LOOKS;
    const expired: StateEntry[] = [];
    for (const [stateKey, bytes] of this.reader.scan(this.prefix, this.#persistedLook)) {
      this.#persistedLook = stateKey;
      if (this.ttl.isExpired(this.#codec.changedAt(bytes))) {
        const address = decodeAddress(stateKey, this.prefix.length);
        if (this.inMemory(address) === undefined) expired.push(this.restored(address, bytes));
      }
      left -= 1;
      if (left === 0) break;
    }
    if (left > 0) this.#persistedLook = undefined;
    for (const entry of expired) {
      this.link(entry);
      this.wasRead(1);
      this.remove(entry);
    }
  }

  /** Whether any entry of the backend was written by a version of the serializer. */
  static holdsVersion(reader: StateReader, id: number, version: number): boolean {
    for (const [, bytes] of reader.scan(statePrefix(id))) if (versionOf(bytes) === version) return true;
    return false;
  }

  protected stateKey(key: Key, namespace: string, member?: Key): StateKey {
    return encodeAddress(this.prefix, key, namespace, member);
  }

  protected restored({ key, namespace, member }: EntryAddress, bytes: Uint8Array): StateEntry {
    const entry = new StateEntry(key, namespace, member);
    entry.raw = bytes;
    entry.isPersisted = true;
    if (this.ttl !== undefined) entry.changedAt = this.#codec.changedAt(bytes);
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
    this.#cache?.sweep();
  }

  /** Entries that came into memory. */
  protected wasRead(count: number): void {
    this.#cache?.added(count);
  }

  /** The entry's value, read from its bytes if need be, whether it has expired or not. */
  protected valueOf(entry: StateEntry): unknown {
    if (entry.raw !== undefined) {
      entry.value = this.#codec.decode(entry.raw);
      entry.raw = undefined;
    }
    entry.isRecent = true;
    return entry.value;
  }

  /** What reading the entry gives, by the rules of its time to live. */
  protected read(entry: StateEntry): unknown {
    const value = this.valueOf(entry);
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
    if (this.#dead > DEAD_BEFORE_TIDY && this.#dead * 2 > this.#dirty.length) this.#tidy();
  }

  /** Every access looks at some entries, to remove those that have expired. */
  protected cleanUp(): void {
    if (this.ttl === undefined) return;
    for (let looks = this.ttl.cleanupSize; looks > 0; looks -= 1) {
      this.#toClean ??= this.entries();
      const next = this.#toClean.next();
      if (next.done === true) {
        this.#toClean = undefined;
        return;
      }
      if (next.value.exists && this.ttl.isExpired(next.value.changedAt)) this.remove(next.value);
    }
  }

  #touch(entry: StateEntry): void {
    if (entry.isDirty) return;
    entry.isDirty = true;
    this.#dirty.push(entry);
  }

  #forget(entry: StateEntry): void {
    this.unlink(entry);
    this.#cache?.removed();
  }

  #tidy(): void {
    this.#dirty = this.#dirty.filter((entry) => entry.value !== undefined || entry.isPersisted);
    this.#dead = 0;
  }

  #keyOf(entry: StateEntry): StateKey {
    return encodeAddress(this.prefix, entry.key, entry.namespace, entry.member);
  }
}
