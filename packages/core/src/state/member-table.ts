import { NamespacedMap } from './namespaced-map.js';
import { StateEntry } from './state-entry.js';
import { checkLength } from './current-key.js';
import { decodeAddress, MAX_MEMBER_CHARS } from './state-key.js';
import type { EntryAddress, Key } from './state-key.js';
import { StateTable } from './state-table.js';

/** The members of one key and namespace. */
interface Cell {
  readonly key: Key;
  readonly namespace: string;
  members: Map<Key, StateEntry>;
  /** Whether all members that the backend has are in memory. */
  isComplete: boolean;
  /** Number of the next element of a list: numbers only grow, so that the order of bytes is that of adding. */
  next: number;
}

/** A state with many members for each key and namespace, each an entry of its own: list and map state. */
export class MemberTable extends StateTable {
  readonly #cells = new NamespacedMap<Cell>();

  /** The value of one member of the current key. */
  get(member: Key): unknown {
    this.cleanUp();
    const entry = this.#member(this.#cell(), member);
    return entry === undefined ? undefined : this.read(entry);
  }

  put(member: Key, value: unknown): void {
    this.cleanUp();
    this.#put(this.#cellToChange(), member, value);
  }

  delete(member: Key): void {
    const entry = this.#member(this.#cell(), member);
    if (entry?.exists === true) this.remove(entry);
  }

  /** Adds an element behind the others. */
  append(value: unknown): void {
    this.cleanUp();
    const cell = this.#complete(this.#cellToChange());
    this.#put(cell, cell.next, value);
  }

  /** Members of the current key and their values as they are now; what has expired is removed. */
  all(): [Key, unknown][] {
    this.cleanUp();
    const cell = this.#cell();
    if (cell === undefined) return [];
    const all: [Key, unknown][] = [];
    for (const entry of [...this.#complete(cell).members.values()]) {
      const value = entry.exists ? this.read(entry) : undefined;
      if (value !== undefined) all.push([entry.member as Key, value]);
    }
    return all;
  }

  clear(): void {
    const cell = this.#cell();
    if (cell === undefined) return;
    for (const entry of [...this.#complete(cell).members.values()]) if (entry.exists) this.remove(entry);
  }

  override *places(): Generator<{ readonly key: Key; readonly namespace: string }> {
    const cells = [...this.#cells.values()];
    if (this.reader !== undefined) {
      const held = new NamespacedMap<Cell>();
      for (const cell of cells) held.set(cell.namespace, cell.key, cell);
      let last: EntryAddress | undefined;
      for (const [stateKey] of this.reader.scan(this.prefix)) {
        const address = decodeAddress(stateKey, this.prefix.length);
        if (last?.key === address.key && last.namespace === address.namespace) continue;
        last = address;
        if (held.get(address.namespace, address.key) === undefined) yield address;
      }
    }
    for (const cell of cells) {
      for (const entry of this.#complete(cell).members.values()) {
        if (!entry.exists) continue;
        yield cell;
        break;
      }
    }
  }

  override *entries(): Generator<StateEntry> {
    for (const cell of this.#cells.values()) yield* cell.members.values();
  }

  protected override inMemory({ key, namespace, member }: EntryAddress): StateEntry | undefined {
    return this.#cells.get(namespace, key)?.members.get(member as Key);
  }

  protected override link(entry: StateEntry): void {
    let cell = this.#cells.get(entry.namespace, entry.key);
    if (cell === undefined) {
      cell = {
        key: entry.key,
        namespace: entry.namespace,
        members: new Map(),
        isComplete: this.reader === undefined,
        next: 0,
      };
      this.#cells.set(entry.namespace, entry.key, cell);
    }
    const member = entry.member as Key;
    cell.members.set(member, entry);
    if (typeof member === 'number' && member >= cell.next) cell.next = member + 1;
  }

  protected override unlink(entry: StateEntry): void {
    const cell = this.#cells.get(entry.namespace, entry.key);
    if (cell === undefined) return;
    cell.members.delete(entry.member as Key);
    if (cell.members.size === 0) this.#cells.delete(entry.namespace, entry.key);
    // Where it was given back to the backend, the others do not stand for all.
    else cell.isComplete &&= this.reader === undefined || !entry.isPersisted;
  }

  #put(cell: Cell, member: Key, value: unknown): void {
    let entry = cell.members.get(member);
    if (entry === undefined) {
      checkLength(this.name, 'map key', member, MAX_MEMBER_CHARS);
      entry = new StateEntry(cell.key, cell.namespace, member);
      // What is not in memory may be in the backend: if this one goes again, that has to be deleted.
      entry.isPersisted = !cell.isComplete;
      if (cell.members.size === 0) this.#cells.set(cell.namespace, cell.key, cell);
      this.add(entry);
    }
    this.write(entry, value);
  }

  /** The current key's cell; undefined where it has none, in memory and elsewhere. */
  #cell(): Cell | undefined {
    const { key, namespace } = this.current;
    const cell = this.#cells.get(namespace, key as Key);
    if (cell !== undefined) return cell;
    const checked = this.current.check(this.name);
    return this.reader === undefined ? undefined : this.#emptyCell(checked, namespace);
  }

  #cellToChange(): Cell {
    return this.#cell() ?? this.#emptyCell(this.current.check(this.name), this.current.namespace);
  }

  /** Not in the table until it has a member. */
  #emptyCell(key: Key, namespace: string): Cell {
    return { key, namespace, members: new Map(), isComplete: this.reader === undefined, next: 0 };
  }

  #member(cell: Cell | undefined, member: Key): StateEntry | undefined {
    if (cell === undefined) return undefined;
    const entry = cell.members.get(member);
    if (entry !== undefined || cell.isComplete) return entry;
    const { key, namespace } = cell;
    const bytes = this.reader?.get(this.stateKey(key, namespace, member));
    return bytes === undefined ? undefined : this.add(this.restored({ key, namespace, member }, bytes));
  }

  /** Brings in what the backend has of the cell and memory has not, in the order of bytes, which is a list's. */
  #complete(cell: Cell): Cell {
    if (cell.isComplete || this.reader === undefined) return cell;
    this.makeRoom();
    const { key, namespace } = cell;
    const inMemory = cell.members;
    cell.members = new Map();
    let read = 0;
    for (const [stateKey, bytes] of this.reader.scan(this.stateKey(key, namespace))) {
      const address = decodeAddress(stateKey, this.prefix.length);
      const member = address.member as Key;
      const held = inMemory.get(member);
      cell.members.set(member, held ?? this.restored(address, bytes));
      if (held === undefined) read += 1;
      if (typeof member === 'number' && member >= cell.next) cell.next = member + 1;
    }
    for (const [member, entry] of inMemory) if (!cell.members.has(member)) cell.members.set(member, entry);
    cell.isComplete = true;
    if (cell.members.size > 0) this.#cells.set(namespace, key, cell);
    this.wasRead(read);
    return cell;
  }
}
