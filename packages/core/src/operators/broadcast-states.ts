import { MillraceError } from '../errors.js';
import type { KeyedStateBackend } from '../state/keyed-state-backend.js';
import type { BroadcastDescriptor } from '../api/broadcast-stream.js';
import type { MapStateDescriptor } from '../state/state-descriptor.js';
import type { MapState } from '../state/state-types.js';
import type { BroadcastState, ReadOnlyBroadcastState } from './broadcast-functions.js';

/** The key that broadcast state is kept under; it has names of its own, so that a key of the stream may be the same. */
const NO_KEY = '';

class ReadOnlyState<K extends string | number, V> implements ReadOnlyBroadcastState<K, V> {
  readonly #backend: KeyedStateBackend;
  readonly #state: MapState<K, V>;

  constructor(backend: KeyedStateBackend, state: MapState<K, V>) {
    this.#backend = backend;
    this.#state = state;
  }

  get(key: K): V | undefined {
    return this.within((state) => state.get(key));
  }

  contains(key: K): boolean {
    return this.within((state) => state.contains(key));
  }

  immutableEntries(): readonly [K, V][] {
    return this.within((state) => [...state.entries()]);
  }

  /** The key in hand stays what it was for the states of the key. */
  protected within<T>(use: (state: MapState<K, V>) => T): T {
    return this.#backend.withKey(NO_KEY, () => use(this.#state));
  }
}

class WritableState<K extends string | number, V> extends ReadOnlyState<K, V> implements BroadcastState<K, V> {
  put(key: K, value: V): void {
    this.within((state) => {
      state.put(key, value);
    });
  }

  putAll(entries: Iterable<readonly [K, V]>): void {
    this.within((state) => {
      state.putAll(entries);
    });
  }

  remove(key: K): void {
    this.within((state) => {
      state.remove(key);
    });
  }

  entries(): readonly [K, V][] {
    return this.immutableEntries();
  }

  clear(): void {
    this.within((state) => {
      state.clear();
    });
  }
}

/**
 * The broadcast states of one operator copy: maps that belong to no key. Every task keeps and checkpoints its own copy,
 * as in Flink.
 */
export class BroadcastStates {
  readonly #operator: string;
  readonly #states = new Map<string, { readonly readOnly: unknown; readonly writable: unknown }>();

  /** Called while the operator opens. */
  constructor(backend: KeyedStateBackend, descriptors: readonly BroadcastDescriptor[]) {
    this.#operator = backend.operator;
    for (const descriptor of descriptors) {
      const state = backend.getMapState(descriptor);
      this.#states.set(descriptor.name, {
        readOnly: new ReadOnlyState(backend, state),
        writable: new WritableState(backend, state),
      });
    }
  }

  readOnly<K extends string | number, V>({ name }: MapStateDescriptor<K, V>): ReadOnlyBroadcastState<K, V> {
    return this.#named(name).readOnly as ReadOnlyBroadcastState<K, V>;
  }

  writable<K extends string | number, V>({ name }: MapStateDescriptor<K, V>): BroadcastState<K, V> {
    return this.#named(name).writable as BroadcastState<K, V>;
  }

  #named(name: string): { readonly readOnly: unknown; readonly writable: unknown } {
    const states = this.#states.get(name);
    if (states !== undefined) return states;
    throw new MillraceError(
      'ERR_STATE_UNKNOWN',
      `${this.#operator}: there is no broadcast state ${name}; its descriptor has to be given to broadcast`,
    );
  }
}
