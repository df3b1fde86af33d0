import type { StateEntry } from './state-entry.js';

/** Entries looked at for each one that comes in over the bound. */
const LOOKS = 4;

/** What the cache needs of a table. */
export interface Evictable {
  entries(): Generator<StateEntry>;
  evict(entry: StateEntry): boolean;
}

/**
 * Bounds the entries that a task keeps in memory where the backend is larger than it. A hand goes round over all entries
 * and forgets those that have neither changed nor been used since its last round (the clock algorithm: a use costs one
 * write of a flag). What has changed stays until a checkpoint has written it.
 */
export class CacheSweep {
  readonly #maxEntries: number;
  readonly #tables: Evictable[] = [];
  #entries = 0;
  /** Entries that came in since the last sweep. */
  #unswept = 0;
  #hand: Generator<() => boolean> | undefined;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** Entries in memory. */
  get size(): number {
    return this.#entries;
  }

  add(table: Evictable): void {
    this.#tables.push(table);
  }

  added(count: number): void {
    this.#entries += count;
    this.#unswept += count;
  }

  removed(): void {
    this.#entries -= 1;
  }

  /** Makes room for what came in since the last sweep. What an operator has in hand may go: hold no entry across it. */
  sweep(): void {
    const most = LOOKS * this.#unswept;
    this.#unswept = 0;
    for (let looks = most; looks > 0 && this.#entries > this.#maxEntries; looks -= 1) {
      this.#hand ??= this.#round();
      const next = this.#hand.next();
      if (next.done === true) this.#hand = undefined;
      else next.value();
    }
  }

  *#round(): Generator<() => boolean> {
    for (const table of this.#tables) {
      for (const entry of table.entries()) yield () => table.evict(entry);
    }
  }
}
