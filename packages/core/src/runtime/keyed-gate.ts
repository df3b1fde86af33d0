import { Deque } from './deque.js';
import type { InLine, Permits } from './permits.js';

/**
 * Lets one element, or one group of waiting elements, of each key in at a time; different keys go in concurrently, as
 * far as there are places. Elements of a key keep their order. Keys without elements take no memory.
 */
export class KeyedGate<K, T> {
  readonly #permits: Permits;
  /** true: everything that waits for a key goes in together (coalesced); false: one by one. */
  readonly #together: boolean;
  readonly #admit: (key: K, elements: [T, ...T[]]) => void;
  readonly #keys = new Map<K, Slot<K, T>>();
  #inside = 0;
  #isClosed = false;

  constructor(permits: Permits, together: boolean, admit: (key: K, elements: [T, ...T[]]) => void) {
    this.#permits = permits;
    this.#together = together;
    this.#admit = admit;
  }

  /** Keys with elements waiting or inside. */
  get size(): number {
    return this.#keys.size;
  }

  /** What was let in and has not left. */
  get inside(): T[] {
    return [...this.#keys.values()].flatMap(({ inside }) => inside ?? []);
  }

  arrive(key: K, element: T): void {
    if (this.#isClosed) return;
    let slot = this.#keys.get(key);
    if (slot === undefined) {
      slot = new Slot(key, this.#letIn);
      this.#keys.set(key, slot);
    }
    slot.push(element);
    this.#next(slot);
  }

  /** What was let in under `key` is through after so many milliseconds; the next of this key may go in. */
  leave(key: K, milliseconds?: number): void {
    if (this.#isClosed) return;
    const slot = this.#keys.get(key);
    if (slot?.inside === undefined) throw new Error('a key left the gate that was not inside');
    slot.inside = undefined;
    this.#inside -= 1;
    if (slot.waiting === 0) this.#keys.delete(key);
    else this.#next(slot);
    this.#permits.give(milliseconds);
  }

  /** Gives the places back; whoever waits is forgotten. */
  close(): void {
    this.#isClosed = true;
    this.#keys.clear();
    for (; this.#inside > 0; this.#inside -= 1) this.#permits.give();
  }

  #next(slot: Slot<K, T>): void {
    if (slot.inside !== undefined || slot.isInLine) return;
    slot.isInLine = true;
    this.#permits.wait(slot);
  }

  readonly #letIn = (slot: Slot<K, T>): boolean => {
    if (this.#isClosed) return false;
    slot.isInLine = false;
    this.#inside += 1;
    // Everything that came while the key stood in line is taken along: none of it has begun.
    const elements: [T, ...T[]] = this.#together ? slot.drain() : [slot.shift()];
    slot.inside = elements;
    this.#admit(slot.key, elements);
    return true;
  };
}

/** The elements of one key. Mostly there is only one: it needs no queue. */
class Slot<K, T> implements InLine {
  readonly key: K;
  waiting = 0;
  inside: [T, ...T[]] | undefined;
  isInLine = false;
  #first: T | undefined;
  #others: Deque<T> | undefined;
  readonly #letIn: (slot: Slot<K, T>) => boolean;

  constructor(key: K, letIn: (slot: Slot<K, T>) => boolean) {
    this.key = key;
    this.#letIn = letIn;
  }

  /** A place is free. */
  offer(): boolean {
    return this.#letIn(this);
  }

  push(element: T): void {
    if (this.waiting === 0) this.#first = element;
    else (this.#others ??= new Deque()).push(element);
    this.waiting += 1;
  }

  /** Takes the first out; there must be one. */
  shift(): T {
    const first = this.#first as T;
    this.waiting -= 1;
    this.#first = this.#others?.shift();
    return first;
  }

  /** Takes out everything; there must be something. */
  drain(): [T, ...T[]] {
    const first = this.#first as T;
    this.waiting = 0;
    this.#first = undefined;
    return this.#others === undefined ? [first] : [first, ...this.#others.drain()];
  }
}
