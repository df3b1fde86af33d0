import type { StateKey } from '@millrace/core';

/** The entries of one owner, in memory. */
export class LoadedEntries {
  readonly #values = new Map<StateKey, Uint8Array>();
  /** The keys in the order of their bytes, undefined since one came or went. */
  #sorted: StateKey[] | undefined;

  get size(): number {
    return this.#values.size;
  }

  get(key: StateKey): Uint8Array | undefined {
    return this.#values.get(key);
  }

  /** In the order of the keys' bytes. */
  *scan(prefix: StateKey, after?: StateKey): Generator<readonly [StateKey, Uint8Array]> {
    this.#sorted ??= [...this.#values.keys()].sort((a, b) => (a < b ? -1 : 1));
    const keys = this.#sorted;
    const first = after === undefined || after < prefix ? prefix : `${after}\0`;
    for (let index = firstAtLeast(keys, first); index < keys.length; index += 1) {
      const key = keys[index]!;
      if (!key.startsWith(prefix)) return;
      const value = this.#values.get(key);
      if (value !== undefined) yield [key, value];
    }
  }

  put(key: StateKey, value: Uint8Array): void {
    if (!this.#values.has(key)) this.#sorted = undefined;
    this.#values.set(key, value);
  }

  delete(key: StateKey): void {
    if (this.#values.delete(key)) this.#sorted = undefined;
  }
}

/** Index of the first of `keys` that is not before `bound`. */
function firstAtLeast(keys: readonly StateKey[], bound: StateKey): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
