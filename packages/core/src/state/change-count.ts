/**
 * Counts what the state of all tasks of a job has changed in this process since it was last written, and says once when
 * it is much.
 */
export class ChangeTotal {
  readonly #max: number;
  readonly #onMany: () => void;
  #count = 0;
  #hasSaid = false;

  constructor(max: number, onMany: () => void) {
    this.#max = max;
    this.#onMany = onMany;
  }

  add(changes: number): void {
    this.#count += changes;
    if (this.#count < this.#max || this.#hasSaid) return;
    this.#hasSaid = true;
    this.#onMany();
  }

  /** A checkpoint has taken them, or their task has ended. */
  take(changes: number): void {
    this.#count -= changes;
    // The tasks are written one after another: the first of them leaves it still too much.
    if (this.#count < this.#max) this.#hasSaid = false;
  }
}

/** What one task's state has changed since it was last written. */
export class ChangeCount {
  readonly #total: ChangeTotal | undefined;
  #count = 0;

  constructor(total: ChangeTotal | undefined) {
    this.#total = total;
  }

  add(changes: number): void {
    this.#count += changes;
    this.#total?.add(changes);
  }

  /** A checkpoint has taken them. */
  reset(): void {
    this.#total?.take(this.#count);
    this.#count = 0;
  }
}
