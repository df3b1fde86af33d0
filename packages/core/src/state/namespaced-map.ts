import type { Key } from './state-key.js';

/**
 * Namespace -> key -> what is kept there. Many keys share few namespaces (windows that begin and end together), and
 * calls come in runs of one namespace: that is remembered, so that one look into a map is all a call costs.
 */
export class NamespacedMap<V> {
  readonly #byNamespace = new Map<string, Map<Key, V>>();
  #namespace = '';
  #current: Map<Key, V> | undefined;
  /** The last one that was found or set in `#current`: a state is read, then updated. */
  #key: Key | undefined;
  #value: V | undefined;

  get(namespace: string, key: Key): V | undefined {
    if (namespace !== this.#namespace) this.#select(namespace);
    else if (key === this.#key) return this.#value;
    const value = this.#current?.get(key);
    if (value !== undefined) this.#remember(key, value);
    return value;
  }

  set(namespace: string, key: Key, value: V): void {
    if (namespace !== this.#namespace) this.#select(namespace);
    this.#remember(key, value);
    if (this.#current === undefined) {
      this.#current = new Map();
      this.#byNamespace.set(namespace, this.#current);
    }
    this.#current.set(key, value);
  }

  delete(namespace: string, key: Key): void {
    if (namespace !== this.#namespace) this.#select(namespace);
    this.#remember(undefined, undefined);
    if (this.#current?.delete(key) !== true || this.#current.size > 0) return;
    this.#byNamespace.delete(namespace);
    this.#current = undefined;
  }

  /** May go on while entries are set and deleted. */
  *values(): Generator<V> {
    for (const byKey of this.#byNamespace.values()) yield* byKey.values();
  }

  #select(namespace: string): void {
    this.#namespace = namespace;
    this.#current = this.#byNamespace.get(namespace);
    this.#remember(undefined, undefined);
  }

  #remember(key: Key | undefined, value: V | undefined): void {
    this.#key = key;
    this.#value = value;
  }
}
