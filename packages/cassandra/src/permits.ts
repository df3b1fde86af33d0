/** Lets a bounded number of calls run at once; the others wait in the order of their coming. */
export class Permits {
  readonly #limit: number;
  #running = 0;
  /** A queue with a moving head: shift() on a long array costs its length. */
  #waiting: ((error?: Error) => void)[] = [];
  #head = 0;
  #closedBy: Error | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Calls running now. */
  get running(): number {
    return this.#running;
  }

  /** Calls waiting for their turn. */
  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  /** Runs `call` when its turn comes. @throws what `call` throws, or the error given to `close` */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closedBy !== undefined) throw this.#closedBy;
    if (this.#running >= this.#limit) await this.#turn();
    else this.#running += 1;
    try {
      return await call();
    } finally {
      this.#release();
    }
  }

  /** Rejects what waits and what comes; what runs goes on. */
  close(error: Error): void {
    this.#closedBy = error;
    const waiting = this.#waiting.slice(this.#head);
    this.#waiting = [];
    this.#head = 0;
    for (const resume of waiting) resume(error);
  }

  #turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push((error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  /** The place goes straight to the next in line, so that a newcomer cannot take it in between. */
  #release(): void {
    const next = this.#waiting[this.#head];
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#head += 1;
    if (this.#head > 1000 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    next();
  }
}
