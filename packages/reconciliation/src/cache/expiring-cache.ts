import NodeCache from 'node-cache';

export interface ExpiringCacheOptions {
  /**
   * Seconds an entry is used for.
   * Too long: changes elsewhere are seen late. 0: nothing is kept, concurrent calls for one key still share one load.
   */
  readonly expirySeconds: number;
  /**
   * Entries at most; beyond it the cache begins anew (node-cache has no eviction, and throws where it is full).
   * @default 50_000
   */
  readonly maxEntries?: number;
}

/** node-cache keeps its entries in a plain object, where an id like `__proto__` or `constructor` means something else. */
const PREFIX = 'k:';

/**
 * What is loaded is kept for a while; concurrent misses of one key load once. Values are handed out as they are, never
 * copied: treat them as immutable. Rejected loads and values that `keep` refuses are not kept.
 */
export class ExpiringCache<V> {
  readonly #entries: NodeCache | undefined;
  readonly #maxEntries: number;
  readonly #loading = new Map<string, Promise<V>>();

  constructor(options: ExpiringCacheOptions) {
    this.#maxEntries = options.maxEntries ?? 50_000;
    if (options.expirySeconds > 0) {
      this.#entries = new NodeCache({
        stdTTL: options.expirySeconds,
        // Copies of a set of ids cost forty times the lookup.
        useClones: false,
        // Its sweep is synchronous; with the bound above it takes a few milliseconds.
        checkperiod: Math.max(1, Math.min(600, options.expirySeconds)),
      });
    }
  }

  /** The value if it is there; undefined is never kept. */
  peek(key: string): V | undefined {
    return this.#entries?.get<V>(PREFIX + key);
  }

  /** The load in progress for `key`, if there is one. */
  loading(key: string): Promise<V> | undefined {
    return this.#loading.get(key);
  }

  /** Shares `load` with everyone who asks for `key` until it settles, then keeps its value if `keep` says so. */
  track(key: string, load: Promise<V>, keep: (value: V) => boolean): Promise<V> {
    const tracked = load.then(
      (value) => {
        this.#loading.delete(key);
        if (keep(value)) this.#put(key, value);
        return value;
      },
      (error: unknown) => {
        this.#loading.delete(key);
        throw error;
      },
    );
    this.#loading.set(key, tracked);
    return tracked;
  }

  /** The next call loads anew; a load in progress is not affected. */
  forget(key: string): void {
    this.#entries?.del(PREFIX + key);
  }

  /** Stops the sweep and forgets everything. */
  close(): void {
    this.#entries?.flushAll();
    this.#entries?.close();
  }

  #put(key: string, value: V): void {
    if (this.#entries === undefined) return;
    if (this.#entries.getStats().keys >= this.#maxEntries) this.#entries.flushAll();
    this.#entries.set(PREFIX + key, value);
  }
}
