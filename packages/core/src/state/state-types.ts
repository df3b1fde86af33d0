/**
 * One value for each key; the calls mean the key of the element or timer in hand. Valid while one is processed.
 *
 * What `value()` returns is the kept value itself, not a copy: call `update` after changing it, a checkpoint does not
 * notice otherwise. The same holds for every kind of state.
 */
export interface ValueState<T> {
  /** The key's value, undefined where none was set. */
  value(): T | undefined;
  /** Sets the key's value; `undefined` clears it. */
  update(value: T | undefined): void;
  /** Forgets the key's value; a key without values takes no memory. */
  clear(): void;
}

/** Elements in the order they were added, for each key. A checkpoint writes those that were added since the last. */
export interface ListState<T> {
  /** @throws TypeError for undefined */
  add(value: T): void;
  addAll(values: Iterable<T>): void;
  /** The elements as they are now; empty where there are none. */
  get(): readonly T[];
  /** Replaces all elements. */
  update(values: Iterable<T>): void;
  clear(): void;
}

/** Entries for each key. A checkpoint writes those that changed. Their order means nothing and changes at a restart. */
export interface MapState<K extends string | number, V> {
  get(key: K): V | undefined;
  /** @throws TypeError for an undefined value */
  put(key: K, value: V): void;
  putAll(entries: Iterable<readonly [K, V]>): void;
  remove(key: K): void;
  contains(key: K): boolean;
  /** Entries as they are now: the state may change while one goes through them. */
  entries(): Iterable<[K, V]>;
  keys(): Iterable<K>;
  values(): Iterable<V>;
  [Symbol.iterator](): Iterator<[K, V]>;
  isEmpty(): boolean;
  clear(): void;
}

/** What the elements of each key add up to by a ReduceFunction. */
export interface ReducingState<T> {
  add(value: T): void;
  /** Undefined where nothing was added. */
  get(): T | undefined;
  clear(): void;
}

/** What the elements of each key add up to by an AggregateFunction. */
export interface AggregatingState<IN, OUT> {
  add(value: IN): void;
  /** The result for what was added so far; undefined where nothing was. */
  get(): OUT | undefined;
  clear(): void;
}

/** A persisted ordered set of byte strings that belongs to no key, for timers. */
export interface SortedSet {
  add(member: string): void;
  delete(member: string): void;
  /** All members in the order of their bytes. Read while operators open; later it costs a pass over all. */
  members(): Iterable<string>;
}
