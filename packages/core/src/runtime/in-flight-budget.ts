/** Records that are read and not settled in the whole process, and who waits for fewer of them. */
export class InFlightBudget {
  readonly limit: number;
  #used = 0;
  #total = 0;
  readonly #waiting = new Set<() => void>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Records read since the budget was made. */
  get total(): number {
    return this.#total;
  }

  get hasRoom(): boolean {
    return this.#used < this.limit;
  }

  take(): void {
    this.#used += 1;
    this.#total += 1;
  }

  give(count: number): void {
    this.#used -= count;
    if (this.#waiting.size === 0 || !this.hasRoom) return;
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }

  /** Calls `wake` once, at the next moment there is room. */
  whenRoom(wake: () => void): void {
    this.#waiting.add(wake);
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake);
  }
}
