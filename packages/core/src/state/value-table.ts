import { NamespacedMap } from './namespaced-map.js';
import { StateEntry } from './state-entry.js';
import type { EntryAddress, Key } from './state-key.js';
import { EntryTable } from './entry-table.js';
import type { StatePlace } from './state-table.js';

/** A state with one value for each key and namespace: value, reducing and aggregating state. */
export class ValueTable extends EntryTable {
  readonly #entries = new NamespacedMap<StateEntry>();

  /** The value of the current key; undefined where there is none, or it has expired. */
  get(): unknown {
    if (this.ttl !== undefined) this.cleanUp();
    const entry = this.#find();
    if (entry === undefined) return undefined;
    return this.ttl === undefined && entry.raw === undefined ? this.#plain(entry) : this.read(entry);
  }

  /** The value to go on from when something is added to it: seeing it is no use that keeps it alive. */
  getToChange(): unknown {
    const entry = this.#find();
    if (entry === undefined || (this.ttl !== undefined && !this.ttl.isUsable(entry))) return undefined;
    return this.parsed(entry);
  }

  set(value: unknown): void {
    if (this.ttl !== undefined) this.cleanUp();
    if (value === undefined) {
      this.clear();
      return;
    }
    const { key, namespace } = this.current;
    // What is in the backend need not be read to be replaced: the put replaces it there too.
    let entry = key === undefined ? undefined : this.#entries.get(namespace, key);
    entry ??= this.add(this.#fresh());
    this.write(entry, value);
  }

  clear(): void {
    const entry = this.#find();
    if (entry?.exists === true) this.remove(entry);
  }

  override *places(): Generator<StatePlace> {
    const inMemory = [...this.#entries.values()];
    const held = new NamespacedMap<StateEntry>();
    for (const entry of inMemory) held.set(entry.namespace, entry.key, entry);
    yield* this.persistedPlaces(({ key, namespace }) => held.get(namespace, key) !== undefined);
    for (const entry of inMemory) if (entry.exists) yield entry;
  }

  override cached(): Generator<StateEntry> {
    return this.#entries.values();
  }

  protected override inMemory({ key, namespace }: EntryAddress): StateEntry | undefined {
    return this.#entries.get(namespace, key);
  }

  protected override link(entry: StateEntry): void {
    this.#entries.set(entry.namespace, entry.key, entry);
  }

  protected override unlink(entry: StateEntry): void {
    this.#entries.delete(entry.namespace, entry.key);
  }

  #plain(entry: StateEntry): unknown {
    entry.isRecent = true;
    return entry.value;
  }

  #find(): StateEntry | undefined {
    const { key, namespace } = this.current;
    const entry = this.#entries.get(namespace, key as Key);
    return entry ?? this.#miss();
  }

  #miss(): StateEntry | undefined {
    const key = this.current.check(this.name);
    const { namespace } = this.current;
    if (this.reader === undefined) return undefined;
    const stateKey = this.stateKey(key, namespace);
    const bytes = this.reader.get(stateKey);
    if (bytes === undefined) return undefined;
    const entry = this.restored({ key, namespace, member: undefined }, bytes);
    entry.stateKey = stateKey;
    return this.add(entry);
  }

  #fresh(): StateEntry {
    const entry = new StateEntry(this.current.check(this.name), this.current.namespace, undefined);
    // What is not in memory may be in the backend: if this one goes again, that has to be deleted.
    entry.isPersisted = this.reader !== undefined;
    return entry;
  }
}
