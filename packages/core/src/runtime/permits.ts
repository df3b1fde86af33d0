import { Deque } from './deque.js';

/** A number of places that work of the whole process shares; who finds none waits in line. */
export class Permits {
  readonly capacity: number;
  #taken = 0;
  #serving = false;
  readonly #waiting = new Deque<() => boolean>();

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`a capacity is a whole number of at least 1, not ${String(capacity)}`);
    }
    this.capacity = capacity;
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

  give(): void {
    this.#taken -= 1;
    this.#serve();
  }

  #serve(): void {
    // What goes in may be through at once and give its place back: the loop below goes on then, the stack does not grow.
    if (this.#serving) return;
    this.#serving = true;
    try {
      while (this.#taken < this.capacity) {
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
