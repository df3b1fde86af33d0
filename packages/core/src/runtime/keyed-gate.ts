import { Deque } from './deque.js';
import type { Permits } from './permits.js';

/**
 * Lets one element, or one group of waiting elements, of each key in at a time; different keys go in concurrently, as
 * far as there are places. Elements of a key keep their order. Keys without elements take no memory.
 */
export class KeyedGate<K, T> {
  readonly #permits: Permits;
  /** true: everything that waits for a key goes in together (coalesced); false: one by one. */
  readonly #together: boolean;
  readonly #admit: (key: K, elements: [T, ...T[]]) => void;
  readonly #keys = new Map<K, { waiting: Deque<T>; inside: boolean; inLine: boolean }>();
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

  arrive(key: K, element: T): void {
    if (this.#isClosed) return;
    let slot = this.#keys.get(key);
    if (slot === undefined) {
      slot = { waiting: new Deque(), inside: false, inLine: false };
      this.#keys.set(key, slot);
    }
    slot.waiting.push(element);
    this.#next(key, slot);
  }

  /** What was let in under `key` is through after so many milliseconds; the next of this key may go in. */
  leave(key: K, milliseconds?: number): void {
    if (this.#isClosed) return;
    const slot = this.#keys.get(key);
    if (!slot?.inside) throw new Error('a key left the gate that was not inside');
    slot.inside = false;
    this.#inside -= 1;
    if (slot.waiting.length === 0) this.#keys.delete(key);
    else this.#next(key, slot);
    this.#permits.give(milliseconds);
  }

  /** Gives the places back; whoever waits is forgotten. */
  close(): void {
    this.#isClosed = true;
    this.#keys.clear();
    for (; this.#inside > 0; this.#inside -= 1) this.#permits.give();
  }

  #next(key: K, slot: { waiting: Deque<T>; inside: boolean; inLine: boolean }): void {
    if (slot.inside || slot.inLine) return;
    slot.inLine = true;
    this.#permits.wait(() => {
      if (this.#isClosed) return false;
      slot.inLine = false;
      slot.inside = true;
      this.#inside += 1;
      // Everything that came while the key stood in line is taken along: none of it has begun.
      const elements = this.#together ? slot.waiting.drain() : [slot.waiting.shift() as T];
      this.#admit(key, elements as [T, ...T[]]);
      return true;
    });
  }
}
