type Key = string | number;

/** State name -> key -> value. */
export type KeyedStateSnapshot = ReadonlyMap<string, ReadonlyMap<Key, unknown>>;

/** The keyed state of one operator in one task, on the heap. Checkpoints copy it; the backend keeps the copy. */
export class KeyedStateStore {
  readonly #values = new Map<string, Map<Key, unknown>>();

  get(name: string, key: Key): unknown {
    return this.#values.get(name)?.get(key);
  }

  set(name: string, key: Key, value: unknown): void {
    let ofName = this.#values.get(name);
    if (ofName === undefined) {
      ofName = new Map();
      this.#values.set(name, ofName);
    }
    ofName.set(key, value);
  }

  delete(name: string, key: Key): void {
    const ofName = this.#values.get(name);
    ofName?.delete(key);
    if (ofName?.size === 0) this.#values.delete(name);
  }

  /** Entries of all states: what a test counts to find leaked keys. */
  get size(): number {
    let sum = 0;
    for (const ofName of this.#values.values()) sum += ofName.size;
    return sum;
  }

  /** The live maps, not a copy: the backend encodes them before the task goes on. */
  snapshot(): KeyedStateSnapshot {
    return this.#values;
  }

  /** @param snapshot a map of maps, as `snapshot` gave it; it is copied */
  restore(snapshot: KeyedStateSnapshot): void {
    this.#values.clear();
    for (const [name, ofName] of snapshot) this.#values.set(name, new Map(ofName));
  }
}
