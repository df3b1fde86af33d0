import { ExpiringCache } from '../cache/expiring-cache.js';
import type { CollectionStatus } from '../domain/model.js';
import type { CollectionStatusSource } from '../stores/ports.js';

/** Search results are small; an installation has some ten thousand courses. */
const MAX_COLLECTIONS = 100_000;

/**
 * Keeps what the search service told of a collection (`activity.collection.status.cache.expiry`). Failures and unknown
 * ids are not kept; concurrent misses of one id ask once.
 */
export class CachedCollectionStatus implements CollectionStatusSource {
  readonly #source: CollectionStatusSource;
  readonly #cache: ExpiringCache<CollectionStatus | undefined>;

  constructor(source: CollectionStatusSource, options: { readonly expirySeconds: number }) {
    this.#source = source;
    this.#cache = new ExpiringCache({ expirySeconds: options.expirySeconds, maxEntries: MAX_COLLECTIONS });
  }

  async status(courseId: string): Promise<CollectionStatus | undefined> {
    const known = this.#cache.peek(courseId);
    if (known !== undefined) return known;
    const loading = this.#cache.loading(courseId);
    if (loading !== undefined) return loading;
    return this.#cache.track(courseId, this.#source.status(courseId), (status) => status !== undefined);
  }

  /** Forgets everything. */
  close(): void {
    this.#cache.close();
  }
}
