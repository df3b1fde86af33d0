import type { AggregateFunction, ReduceFunction } from './aggregate-function.js';
import type { ListTable } from './list-table.js';
import type { MapTable } from './map-table.js';
import type { AggregatingState, ListState, MapState, ReducingState, ValueState } from './state-types.js';
import type { ValueTable } from './value-table.js';

export class TableValueState<T> implements ValueState<T> {
  readonly #table: ValueTable;

  constructor(table: ValueTable) {
    this.#table = table;
  }

  value(): T | undefined {
    return this.#table.get() as T | undefined;
  }

  update(value: T | undefined): void {
    this.#table.set(value);
  }

  clear(): void {
    this.#table.clear();
  }
}

export class TableReducingState<T> implements ReducingState<T> {
  readonly #table: ValueTable;
  readonly #reduce: ReduceFunction<T>;

  constructor(table: ValueTable, reduce: ReduceFunction<T>) {
    this.#table = table;
    this.#reduce = reduce;
  }

  add(value: T): void {
    const before = this.#table.getToChange() as T | undefined;
    this.#table.set(before === undefined ? value : this.#reduce(before, value));
  }

  get(): T | undefined {
    return this.#table.get() as T | undefined;
  }

  clear(): void {
    this.#table.clear();
  }
}

export class TableAggregatingState<IN, ACC, OUT> implements AggregatingState<IN, OUT> {
  readonly #table: ValueTable;
  readonly #function: AggregateFunction<IN, ACC, OUT>;

  constructor(table: ValueTable, fn: AggregateFunction<IN, ACC, OUT>) {
    this.#table = table;
    this.#function = fn;
  }

  add(value: IN): void {
    const before = this.#table.getToChange() as ACC | undefined;
    this.#table.set(this.#function.add(value, before ?? this.#function.createAccumulator()));
  }

  get(): OUT | undefined {
    const accumulator = this.#table.get() as ACC | undefined;
    return accumulator === undefined ? undefined : this.#function.getResult(accumulator);
  }

  clear(): void {
    this.#table.clear();
  }
}

export class TableListState<T> implements ListState<T> {
  readonly #table: ListTable;

  constructor(table: ListTable) {
    this.#table = table;
  }

  add(value: T): void {
    if (value === undefined) throw new TypeError(`list state ${this.#table.name}: undefined cannot be an element`);
    this.#table.append(value);
  }

  addAll(values: Iterable<T>): void {
    for (const value of values) this.add(value);
  }

  get(): readonly T[] {
    return this.#table.all() as T[];
  }

  update(values: Iterable<T>): void {
    const all = [...values]; // it may be what `get` gave
    this.#table.clear();
    this.addAll(all);
  }

  clear(): void {
    this.#table.clear();
  }
}

export class TableMapState<K extends string | number, V> implements MapState<K, V> {
  readonly #table: MapTable;

  constructor(table: MapTable) {
    this.#table = table;
  }

  get(key: K): V | undefined {
    return this.#table.get(key) as V | undefined;
  }

  put(key: K, value: V): void {
    if (value === undefined) throw new TypeError(`map state ${this.#table.name}: undefined cannot be a value`);
    this.#table.put(key, value);
  }

  putAll(entries: Iterable<readonly [K, V]>): void {
    for (const [key, value] of [...entries]) this.put(key, value);
  }

  remove(key: K): void {
    this.#table.delete(key);
  }

  contains(key: K): boolean {
    return this.#table.get(key) !== undefined;
  }

  entries(): [K, V][] {
    return this.#table.all() as [K, V][];
  }

  keys(): K[] {
    return this.entries().map(([key]) => key);
  }

  values(): V[] {
    return this.entries().map(([, value]) => value);
  }

  [Symbol.iterator](): Iterator<[K, V]> {
    return this.entries()[Symbol.iterator]();
  }

  isEmpty(): boolean {
    return this.#table.all().length === 0;
  }

  clear(): void {
    this.#table.clear();
  }
}
