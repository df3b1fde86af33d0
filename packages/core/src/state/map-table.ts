import { NamespacedMap } from './namespaced-map.js';
import { StateEntry } from './state-entry.js';
import { checkLength } from './current-key.js';
import { MAX_MEMBER_CHARS } from './state-key.js';
import type { EntryAddress, Key } from './state-key.js';
import { EntryTable } from './entry-table.js';
import type { StatePlace } from './state-table.js';

/** The members of one key and namespace. */
interface Cell {
  readonly key: Key;
  readonly namespace: string;
  members: Map<Key, StateEntry>;
  /** Whether all members that the backend has are in memory. */
  isComplete: boolean;
}

/** A map state: many members for each key and namespace, each an entry of its own. */
export class MapTable extends EntryTable {
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

  override *places(): Generator<StatePlace> {
    const cells = [...this.#cells.values()];
    const held = new NamespacedMap<Cell>();
    for (const cell of cells) held.set(cell.namespace, cell.key, cell);
    yield* this.persistedPlaces(({ key, namespace }) => held.get(namespace, key) !== undefined);
    for (const cell of cells) {
      for (const entry of this.#complete(cell).members.values()) {
        if (!entry.exists) continue;
        yield cell;
        break;
      }
    }
  }

  override *cached(): Generator<StateEntry> {
    for (const cell of this.#cells.values()) yield* cell.members.values();
  }

  protected override inMemory({ key, namespace, member }: EntryAddress): StateEntry | undefined {
    return this.#cells.get(namespace, key)?.members.get(member as Key);
  }

  protected override link(entry: StateEntry): void {
    let cell = this.#cells.get(entry.namespace, entry.key);
    if (cell === undefined) {
      cell = this.#emptyCell(entry.key, entry.namespace);
      this.#cells.set(entry.namespace, entry.key, cell);
    }
    cell.members.set(entry.member as Key, entry);
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
    return { key, namespace, members: new Map(), isComplete: this.reader === undefined };
  }

  #member(cell: Cell | undefined, member: Key): StateEntry | undefined {
    if (cell === undefined) return undefined;
    const entry = cell.members.get(member);
    if (entry !== undefined || cell.isComplete) return entry;
    const { key, namespace } = cell;
    const bytes = this.reader?.get(this.stateKey(key, namespace, member));
    return bytes === undefined ? undefined : this.add(this.restored({ key, namespace, member }, bytes));
  }

  /** Brings in what the backend has of the cell and memory has not, tombstones of memory apart. */
  #complete(cell: Cell): Cell {
    if (cell.isComplete || this.reader === undefined) return cell;
    this.makeRoom();
    const { key, namespace } = cell;
    const inMemory = cell.members;
    cell.members = new Map();
    let read = 0;
    for (const [stateKey, bytes] of this.reader.scan(this.stateKey(key, namespace))) {
      const address = this.addressOf(stateKey);
      const member = address.member as Key;
      const held = inMemory.get(member);
      cell.members.set(member, held ?? this.restored(address, bytes));
      if (held === undefined) read += 1;
    }
    for (const [member, entry] of inMemory) if (!cell.members.has(member)) cell.members.set(member, entry);
    cell.isComplete = true;
    if (cell.members.size > 0) this.#cells.set(namespace, key, cell);
    this.wasRead(read);
    return cell;
  }
}
