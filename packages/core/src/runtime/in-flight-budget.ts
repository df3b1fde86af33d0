/** Records that are read and not settled in the whole process, their bytes, and who waits for fewer of them. */
export class InFlightBudget {
  readonly limit: number;
  readonly byteLimit: number;
  #used = 0;
  #bytes = 0;
  #total = 0;
  readonly #waiting = new Set<() => void>();

  /** One record may always be taken, however large. */
  constructor(limit: number, byteLimit = Infinity) {
    this.limit = limit;
    this.byteLimit = byteLimit;
  }

  get used(): number {
    return this.#used;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Records read since the budget was made. */
  get total(): number {
    return this.#total;
  }

  get hasRoom(): boolean {
    return this.#used < this.limit && this.#bytes < this.byteLimit;
  }

  take(bytes = 0): void {
    this.#used += 1;
    this.#bytes += bytes;
    this.#total += 1;
  }

  give(count: number, bytes = 0): void {
    this.#used -= count;
    this.#bytes -= bytes;
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
