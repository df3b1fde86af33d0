import type { ListState, ValueState } from '../state/state-types.js';
import type { TimestampedValue } from './evictor.js';

/**
 * What a window keeps of its elements. All calls mean the current key and the current namespace, which the operator
 * sets; a window that was merged keeps its contents under the namespace of the first of its windows.
 */
export interface WindowContents<IN, X> {
  /** @returns true where it is known that there was something before; false where not, or where asking would cost */
  add(value: IN, timestamp: number | undefined): boolean;
  /** What the window function is given; undefined where there is nothing. */
  get(): X | undefined;
  clear(): void;
  /** Takes what other namespaces hold into the current one. `at` makes a namespace the current one. */
  merge(target: string, sources: readonly string[], at: (namespace: string) => void): void;
}

/** How a function adds elements up without keeping them. */
export interface Incremental<IN, ACC> {
  first(value: IN): ACC;
  add(value: IN, accumulator: ACC): ACC;
  merge(first: ACC, second: ACC): ACC;
}

/** One accumulator for each window. */
export class IncrementalContents<IN, ACC> implements WindowContents<IN, ACC> {
  readonly #state: ValueState<ACC>;
  readonly #function: Incremental<IN, ACC>;

  constructor(state: ValueState<ACC>, fn: Incremental<IN, ACC>) {
    this.#state = state;
    this.#function = fn;
  }

  add(value: IN): boolean {
    const before = this.#state.value();
    const after = before === undefined ? this.#function.first(value) : this.#function.add(value, before);
    if (after === undefined) throw new TypeError('the function of the window gave undefined for an element');
    this.#state.update(after);
    return before !== undefined;
  }

  get(): ACC | undefined {
    return this.#state.value();
  }

  clear(): void {
    this.#state.clear();
  }

  merge(target: string, sources: readonly string[], at: (namespace: string) => void): void {
    at(target);
    let merged = this.#state.value();
    for (const source of sources) {
      at(source);
      const other = this.#state.value();
      if (other === undefined) continue;
      this.#state.clear();
      merged = merged === undefined ? other : this.#function.merge(merged, other);
    }
    at(target);
    this.#state.update(merged);
  }
}

/** Every element, for functions that need all of them. */
export class ListContents<IN, E> implements WindowContents<IN, readonly E[]> {
  readonly #state: ListState<E>;
  readonly #keep: (value: IN, timestamp: number | undefined) => E;

  constructor(state: ListState<E>, keep: (value: IN, timestamp: number | undefined) => E) {
    this.#state = state;
    this.#keep = keep;
  }

  add(value: IN, timestamp: number | undefined): boolean {
    this.#state.add(this.#keep(value, timestamp));
    return false;
  }

  get(): readonly E[] | undefined {
    const elements = this.#state.get();
    return elements.length === 0 ? undefined : elements;
  }

  /** Replaces the elements with those that an evictor left. */
  replace(elements: readonly E[]): void {
    if (elements.length === 0) this.#state.clear();
    else this.#state.update(elements);
  }

  clear(): void {
    this.#state.clear();
  }

  merge(target: string, sources: readonly string[], at: (namespace: string) => void): void {
    for (const source of sources) {
      at(source);
      const elements = [...this.#state.get()];
      if (elements.length === 0) continue;
      this.#state.clear();
      at(target);
      this.#state.addAll(elements);
    }
    at(target);
  }
}

/** An element as an evictor sees it. */
export function timestamped<T>(value: T, timestamp: number | undefined): TimestampedValue<T> {
  return { value, timestamp };
}
