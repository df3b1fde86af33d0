/** Looks at what is in memory, for each entry that came in. */
const LOOKS = 4;

/** Something that is in memory and could be read again. */
export interface Cached {
  /** Used since the sweep looked at it last. */
  isRecent: boolean;
}

/** What a sweep needs of a table. */
export interface Evictable {
  cached(): Generator<Cached>;
  /** Forgets it, unless it has changed since the last checkpoint. */
  evict(cached: Cached): void;
}

/**
 * Bounds the entries that a task keeps in memory where the backend is larger than it. A hand goes round over all of them
 * and forgets what has neither changed nor been used since its last round (the clock algorithm: a use costs one write of
 * a flag). What has changed stays until a checkpoint has written it.
 */
export class CacheSweep {
  readonly #maxEntries: number;
  readonly #tables: Evictable[] = [];
  #entries = 0;
  /** Entries that came in since the last sweep. */
  #unswept = 0;
  /** While a checkpoint is being written, nothing goes: if it fails, what it held has to be written again. */
  isHeld = false;
  #hand: Generator<() => void> | undefined;

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

  removed(count: number): void {
    this.#entries -= count;
  }

  /** Makes room for what came in since the last sweep. What an operator has in hand may go: hold no entry across it. */
  sweep(): void {
    if (this.isHeld) return;
    const most = LOOKS * this.#unswept;
    this.#unswept = 0;
    for (let looks = most; looks > 0 && this.#entries > this.#maxEntries; looks -= 1) {
      this.#hand ??= this.#round();
      const next = this.#hand.next();
      if (next.done === true) this.#hand = undefined;
      else next.value();
    }
  }

  *#round(): Generator<() => void> {
    for (const table of this.#tables) {
      for (const cached of table.cached()) {
        yield () => {
          if (!cached.isRecent) table.evict(cached);
          cached.isRecent = false;
        };
      }
    }
  }
}
