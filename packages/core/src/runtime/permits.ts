import type { ConcurrencyLimit } from './adaptive-limit.js';
import { Deque } from './deque.js';

/** Who stands in line for a place. */
export interface InLine {
  /** A place is free, and held while this is called. @returns whether it is used */
  offer(): boolean;
}

/** A number of places that work of the whole process shares; who finds none waits in line. */
export class Permits {
  readonly capacity: number;
  readonly #policy: ConcurrencyLimit | undefined;
  #taken = 0;
  #serving = false;
  readonly #waiting = new Deque<InLine>();

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
   * Stands in line. When a place is free it is offered; one that is not used goes to the next in line.
   */
  wait(who: InLine): void {
    this.#waiting.push(who);
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
        const next = this.#waiting.shift();
        if (next === undefined) return;
        this.#taken += 1;
        let isUsed = false;
        try {
          isUsed = next.offer();
        } finally {
          if (!isUsed) this.#taken -= 1;
        }
      }
    } finally {
      this.#serving = false;
    }
  }
}
