import { ExpiringCache } from '../cache/expiring-cache.js';
import type { RelationSets, RelationStore } from './ports.js';

export interface CachedRelationOptions {
  /** Seconds a set may be used again. Longer: a course that was changed is computed from its old structure. */
  readonly expirySeconds: number;
}

/** Sets hold tens of ids: a few tens of megabytes at the most. */
const MAX_SETS = 20_000;

/**
 * Keeps relation sets in the process for a short while. Leaf nodes or ancestors that are missing are not kept: their
 * writer may be between its DEL and its SADD, and whoever waits for them must see them come. What is kept of the course
 * itself is then in doubt as well: Redis may have been emptied since.
 */
export class CachedRelationStore implements RelationStore {
  readonly #store: RelationStore;
  readonly #sets: ExpiringCache<RelationSets>;
  readonly #ancestors: ExpiringCache<ReadonlySet<string>>;

  constructor(store: RelationStore, options: CachedRelationOptions) {
    this.#store = store;
    this.#sets = new ExpiringCache({ expirySeconds: options.expirySeconds, maxEntries: MAX_SETS });
    this.#ancestors = new ExpiringCache({ expirySeconds: options.expirySeconds, maxEntries: MAX_SETS });
  }

  sets(courseId: string, ids: readonly string[]): Promise<readonly RelationSets[]> {
    const isThere = (found: RelationSets): boolean => found.leafNodes.size > 0;
    const load = (missing: readonly string[]): Promise<readonly RelationSets[]> =>
      this.#doubting(courseId, this.#store.sets(courseId, missing), isThere);
    return readThrough(this.#sets, courseId, ids, load, isThere);
  }

  ancestors(courseId: string, contentIds: readonly string[]): Promise<readonly ReadonlySet<string>[]> {
    const isThere = (found: ReadonlySet<string>): boolean => found.size > 0;
    const load = (missing: readonly string[]): Promise<readonly ReadonlySet<string>[]> =>
      this.#doubting(courseId, this.#store.ancestors(courseId, missing), isThere);
    return readThrough(this.#ancestors, courseId, contentIds, load, isThere);
  }

  async #doubting<V>(
    courseId: string,
    load: Promise<readonly V[]>,
    isThere: (value: V) => boolean,
  ): Promise<readonly V[]> {
    const found = await load;
    if (!found.every(isThere)) this.#sets.forget(keyOf(courseId, courseId));
    return found;
  }

  /** Forgets everything. */
  close(): void {
    this.#sets.close();
    this.#ancestors.close();
  }
}

/** One load for all ids that are neither kept nor being loaded. */
function readThrough<V>(
  cache: ExpiringCache<V>,
  courseId: string,
  ids: readonly string[],
  load: (missing: readonly string[]) => Promise<readonly V[]>,
  isThere: (value: V) => boolean,
): Promise<readonly V[]> {
  const found = ids.map((id) => cache.peek(keyOf(courseId, id)));
  if (!found.includes(undefined)) return Promise.resolve(found as V[]);
  const answers = new Map<string, V | Promise<V>>();
  const unknown = new Set<string>();
  ids.forEach((id, index) => {
    const known = found[index] ?? cache.loading(keyOf(courseId, id));
    if (known === undefined) unknown.add(id);
    else answers.set(id, known);
  });
  if (unknown.size > 0) {
    const missing = [...unknown];
    const loaded = load(missing);
    missing.forEach((id, index) => {
      const one = loaded.then((values) => values[index] as V);
      answers.set(id, cache.track(keyOf(courseId, id), one, isThere));
    });
  }
  return Promise.all(ids.map((id) => answers.get(id) as V | Promise<V>));
}

/** Told apart by the length: ids may contain any separator. */
function keyOf(courseId: string, id: string): string {
  return `${String(courseId.length)}:${courseId}${id}`;
}
