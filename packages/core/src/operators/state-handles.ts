import type { AggregatingState, ListState, MapState, ReducingState, ValueState } from '../state/state-types.js';
import { StateAtCursor } from './state-cursor.js';

export class ValueStateHandle<T> extends StateAtCursor<ValueState<T>> implements ValueState<T> {
  value(): T | undefined {
    return this.here.value();
  }

  update(value: T | undefined): void {
    this.here.update(value);
  }

  clear(): void {
    this.here.clear();
  }
}

export class ListStateHandle<T> extends StateAtCursor<ListState<T>> implements ListState<T> {
  add(value: T): void {
    this.here.add(value);
  }

  addAll(values: Iterable<T>): void {
    this.here.addAll(values);
  }

  get(): readonly T[] {
    return this.here.get();
  }

  update(values: Iterable<T>): void {
    this.here.update(values);
  }

  clear(): void {
    this.here.clear();
  }
}

export class MapStateHandle<K extends string | number, V>
  extends StateAtCursor<MapState<K, V>>
  implements MapState<K, V>
{
  get(key: K): V | undefined {
    return this.here.get(key);
  }

  put(key: K, value: V): void {
    this.here.put(key, value);
  }

  putAll(entries: Iterable<readonly [K, V]>): void {
    this.here.putAll(entries);
  }

  remove(key: K): void {
    this.here.remove(key);
  }

  contains(key: K): boolean {
    return this.here.contains(key);
  }

  entries(): Iterable<[K, V]> {
    return this.here.entries();
  }

  keys(): Iterable<K> {
    return this.here.keys();
  }

  values(): Iterable<V> {
    return this.here.values();
  }

  [Symbol.iterator](): Iterator<[K, V]> {
    return this.here[Symbol.iterator]();
  }

  isEmpty(): boolean {
    return this.here.isEmpty();
  }

  clear(): void {
    this.here.clear();
  }
}

export class ReducingStateHandle<T> extends StateAtCursor<ReducingState<T>> implements ReducingState<T> {
  add(value: T): void {
    this.here.add(value);
  }

  get(): T | undefined {
    return this.here.get();
  }

  clear(): void {
    this.here.clear();
  }
}

export class AggregatingStateHandle<IN, OUT>
  extends StateAtCursor<AggregatingState<IN, OUT>>
  implements AggregatingState<IN, OUT>
{
  add(value: IN): void {
    this.here.add(value);
  }

  get(): OUT | undefined {
    return this.here.get();
  }

  clear(): void {
    this.here.clear();
  }
}
