/** Entries that a process keeps, where nobody says how many. */
const DEFAULT_MAX_ENTRIES = 50_000;
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
 * Bounds the entries that all tasks of a job keep in memory in this process, where the backend is larger than it: a task
 * with much to do takes the room of those with little. A hand goes round over all of them and forgets what has neither
 * changed nor been used since its last round (the clock algorithm: a use costs one write of a flag). What has changed
 * stays until a checkpoint has written it.
 */
export class CacheSweep {
  readonly #maxEntries: number;
  readonly #tasks = new Set<TaskCache>();
  #entries = 0;
  /** Entries that came in since the last sweep. */
  #unswept = 0;
  #hand: Generator<() => void> | undefined;

  constructor(maxEntries = DEFAULT_MAX_ENTRIES) {
    this.#maxEntries = maxEntries;
  }

  /** Entries in memory, of all tasks. */
  get size(): number {
    return this.#entries;
  }

  join(task: TaskCache): void {
    this.#tasks.add(task);
  }

  leave(task: TaskCache): void {
    if (this.#tasks.delete(task)) this.#entries -= task.size;
  }

  added(count: number): void {
    this.#entries += count;
    this.#unswept += count;
  }

  removed(count: number): void {
    this.#entries -= count;
  }

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

  *#round(): Generator<() => void> {
    for (const task of this.#tasks) {
      for (const table of task.tables) {
        for (const cached of table.cached()) {
          // A checkpoint may begin, and a task end, between two looks.
          if (task.isHeld || !this.#tasks.has(task)) break;
          yield () => {
            if (!cached.isRecent) table.evict(cached);
            cached.isRecent = false;
          };
        }
      }
    }
  }
}

/** What one task has of the cache. */
export class TaskCache {
  readonly tables: Evictable[] = [];
  /** While a checkpoint is being written, nothing of the task goes: if it fails, what it held has to be written again. */
  isHeld = false;
  readonly #sweep: CacheSweep;
  #entries = 0;
  #isOpen = true;

  constructor(sweep: CacheSweep) {
    this.#sweep = sweep;
    sweep.join(this);
  }

  /** Entries of this task in memory. */
  get size(): number {
    return this.#entries;
  }

  add(table: Evictable): void {
    this.tables.push(table);
  }

  added(count: number): void {
    this.#entries += count;
    if (this.#isOpen) this.#sweep.added(count);
  }

  removed(count: number): void {
    this.#entries -= count;
    if (this.#isOpen) this.#sweep.removed(count);
  }

  /** Makes room for what came in since the last sweep. What an operator has in hand may go: hold no entry across it. */
  sweep(): void {
    if (!this.isHeld) this.#sweep.sweep();
  }

  /** The task has ended: the others have its room. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#sweep.leave(this);
  }
}
