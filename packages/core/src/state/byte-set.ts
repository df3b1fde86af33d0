import type { StateKey, StateReader } from './state-backend.js';
import { MillraceError } from '../errors.js';
import type { ChangeCount } from './change-count.js';
import type { Changes } from './state-table.js';
import { MAX_SET_MEMBER_BYTES, statePrefix } from './state-key.js';
import type { SortedSet } from './state-types.js';

const NOTHING = new Uint8Array(0);

/** The members of one sorted set that changed since the last checkpoint; the others are the backend's. */
export class ByteSet implements SortedSet, Changes {
  readonly name: string;
  readonly #prefix: StateKey;
  readonly #reader: StateReader;
  readonly #count: ChangeCount;
  /** All members, where the claim does not keep them. */
  readonly #members: Set<StateKey> | undefined;
  /** Member -> whether it was added (or else deleted). */
  #changes = new Map<StateKey, boolean>();

  constructor(name: string, id: number, reader: StateReader, isInMemory: boolean, count: ChangeCount) {
    this.name = name;
    this.#prefix = statePrefix(id);
    this.#reader = reader;
    this.#count = count;
    if (isInMemory) this.#members = new Set(this.#persisted());
  }

  add(member: StateKey): void {
    if (member.length > MAX_SET_MEMBER_BYTES) {
      throw new MillraceError('ERR_STATE_KEY_TOO_LONG', `${this.name}: a member of ${String(member.length)} bytes`);
    }
    this.#members?.add(member);
    this.#change(member, true);
  }

  delete(member: StateKey): void {
    this.#members?.delete(member);
    this.#change(member, false);
  }

  *members(): Generator<StateKey> {
    const all = this.#members ?? new Set(this.#persisted());
    if (this.#members === undefined) {
      for (const [member, isThere] of this.#changes) {
        if (isThere) all.add(member);
        else all.delete(member);
      }
    }
    // Binary strings: the order of code units is that of bytes.
    yield* [...all].sort();
  }

  get changes(): number {
    return this.#changes.size;
  }

  *puts(): Generator<readonly [StateKey, Uint8Array]> {
    for (const [member, isThere] of this.#changes) if (isThere) yield [this.#prefix + member, NOTHING];
  }

  *deletes(): Generator<StateKey> {
    for (const [member, isThere] of this.#changes) if (!isThere) yield this.#prefix + member;
  }

  taken(): (isWritten: boolean) => void {
    const taken = this.#changes;
    this.#changes = new Map();
    return (isWritten) => {
      // What changed again meanwhile is newer.
      if (!isWritten) this.#changes = new Map([...taken, ...this.#changes]);
    };
  }

  #change(member: StateKey, isThere: boolean): void {
    const before = this.#changes.size;
    this.#changes.set(member, isThere);
    this.#count.add(this.#changes.size - before);
  }

  *#persisted(): Generator<StateKey> {
    for (const [key] of this.#reader.scan(this.#prefix)) yield key.slice(this.#prefix.length);
  }
}
