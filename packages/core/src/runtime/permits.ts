import type { ConcurrencyLimit } from './adaptive-limit.js';
import { Deque } from './deque.js';

/** A number of places that work of the whole process shares; who finds none waits in line. */
export class Permits {
  readonly capacity: number;
  readonly #policy: ConcurrencyLimit | undefined;
  #taken = 0;
  #serving = false;
  readonly #waiting = new Deque<() => boolean>();

  /** @param policy how many of the places are given out, where that changes */
  constructor(capacity: number, policy?: ConcurrencyLimit) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`a capacity is a whole number of at least 1, not ${String(capacity)}`);
    }
    this.capacity = capacity;
    this.#policy = policy;
  }

  /** Places that are given out now. */
  get limit(): number {
    return this.#policy === undefined ? this.capacity : Math.min(this.capacity, this.#policy.limit);
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * Stands in line. When a place is free, `offer` is called holding it; it answers whether it used the place. A place
   * that is not used goes to the next in line.
   */
  wait(offer: () => boolean): void {
    this.#waiting.push(offer);
    this.#serve();
  }

  /** @param milliseconds for which the place was held, where that says something about the work */
  give(milliseconds?: number): void {
    if (milliseconds !== undefined) this.#policy?.settled(milliseconds, this.#taken);
    this.#taken -= 1;
    this.#serve();
  }

  /** Something outside is overloaded. */
  overloaded(): void {
    this.#policy?.overloaded();
  }

  #serve(): void {
    // What goes in may be through at once and give its place back: the loop below goes on then, the stack does not grow.
    if (this.#serving) return;
    this.#serving = true;
    try {
      while (this.#taken < this.limit) {
        const offer = this.#waiting.shift();
        if (offer === undefined) return;
        this.#taken += 1;
        let isUsed = false;
        try {
          isUsed = offer();
        } finally {
          if (!isUsed) this.#taken -= 1;
        }
      }
    } finally {
      this.#serving = false;
    }
  }
}
