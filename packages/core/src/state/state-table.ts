import type { TaskCache, Cached } from './cache-sweep.js';
import type { ChangeCount } from './change-count.js';
import { MillraceError, messageOf } from '../errors.js';
import type { CurrentKey } from './current-key.js';
import type { StateCodec } from './state-codec.js';
import { versionOf } from './state-codec.js';
import type { StateKey, StateReader } from './state-backend.js';
import { decodeAddress, encodeAddress, statePrefix } from './state-key.js';
import type { EntryAddress, Key } from './state-key.js';
import type { TimeToLive } from './time-to-live.js';

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
  readonly cache: TaskCache | undefined;
  readonly count: ChangeCount;
}

/** Where a state has something. */
export interface StatePlace {
  readonly key: Key;
  readonly namespace: string;
}

/** What changed since the last checkpoint, for the next. */
export interface Changes {
  /** How many entries, about. */
  readonly changes: number;
  puts(): Iterable<readonly [StateKey, Uint8Array]>;
  deletes(): Iterable<StateKey>;
  /** A checkpoint has taken the changes: they count as written. @returns what to call when it is known whether they are */
  taken(): (isWritten: boolean) => void;
}

/**
 * The values of one state of one operator copy: live objects, and which of them changed since the last checkpoint. Bytes
 * are made for a checkpoint alone. Where the backend is larger than memory, a bounded part of it is here.
 */
export abstract class StateTable implements Changes {
  readonly name: string;
  readonly prefix: StateKey;
  protected readonly current: CurrentKey;
  protected readonly ttl: TimeToLive | undefined;
  protected readonly codec: StateCodec<unknown>;
  protected readonly cache: TaskCache | undefined;
  protected readonly count: ChangeCount;
  /** To read what is not in memory; undefined where everything is. */
  protected readonly reader: StateReader | undefined;
  #persistedLook: StateKey | undefined;

  constructor({ name, id, codec, current, ttl, reader, cache, count }: TableOptions) {
    this.name = name;
    this.prefix = statePrefix(id);
    this.current = current;
    this.ttl = ttl;
    this.codec = codec;
    this.cache = cache;
    this.count = count;
    this.reader = cache === undefined ? undefined : reader;
    cache?.add(this);
  }

  /** Whether any entry of the backend was written by that version of the serializer. */
  static holdsVersion(reader: StateReader, id: number, version: number): boolean {
    for (const [, bytes] of reader.scan(statePrefix(id))) if (versionOf(bytes) === version) return true;
    return false;
  }

  abstract readonly changes: number;
  abstract puts(): Iterable<readonly [StateKey, Uint8Array]>;
  abstract deletes(): Iterable<StateKey>;
  abstract taken(): (isWritten: boolean) => void;
  /** Keys and namespaces that have something, each once. */
  abstract places(): Iterable<StatePlace>;
  abstract cached(): Generator<Cached>;
  abstract evict(cached: Cached): void;
  /** Takes in an entry that was restored, without a look at what is there. */
  protected abstract restore(address: EntryAddress, bytes: Uint8Array): void;
  /** Removes what has expired of an entry that is in the backend, unless memory knows better. */
  protected abstract expire(address: EntryAddress, bytes: Uint8Array): void;

  /** Takes all entries of the claim into memory, where they belong there. */
  load(reader: StateReader): void {
    if (this.reader !== undefined) return;
    for (const [stateKey, bytes] of reader.scan(this.prefix)) this.restore(this.addressOf(stateKey), bytes);
  }

  /** Removes some of the expired entries that are not in memory; the next checkpoint deletes them. */
  expirePersisted(): void {
    if (this.ttl === undefined || this.ttl.cleanupSize === 0 || this.reader === undefined) return;
    let left = PERSISTED_LOOKS;
    const expired: (readonly [StateKey, Uint8Array])[] = [];
    for (const entry of this.reader.scan(this.prefix, this.#persistedLook)) {
      this.#persistedLook = entry[0];
      if (this.ttl.isExpired(this.codec.changedAt(entry[1]))) expired.push(entry);
      left -= 1;
      if (left === 0) break;
    }
    if (left > 0) this.#persistedLook = undefined;
    for (const [stateKey, bytes] of expired) this.expire(this.addressOf(stateKey), bytes);
  }

  /** @throws MillraceError for bytes that the serializer cannot read */
  protected decode(bytes: Uint8Array, { key }: { readonly key: Key }): unknown {
    try {
      return this.codec.decode(bytes);
    } catch (error) {
      throw new MillraceError(
        'ERR_STATE_UNREADABLE',
        `state ${this.name}: the value of key ${JSON.stringify(key)} cannot be read: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  protected stateKey(key: Key, namespace: string, member?: Key): StateKey {
    return encodeAddress(this.prefix, key, namespace, member);
  }

  protected addressOf(stateKey: StateKey): EntryAddress {
    return decodeAddress(stateKey, this.prefix.length);
  }

  /** Places of the backend that `isHeld` does not say memory knows of, each once. */
  protected *persistedPlaces(isHeld: (place: StatePlace) => boolean): Generator<StatePlace> {
    if (this.reader === undefined) return;
    let last: StatePlace | undefined;
    for (const [stateKey] of this.reader.scan(this.prefix)) {
      const address = this.addressOf(stateKey);
      if (last?.key === address.key && last.namespace === address.namespace) continue;
      last = address;
      if (!isHeld(address)) yield address;
    }
  }
}
