/** Counts what a task's state has changed since the last checkpoint, and says once when it is much. */
export class ChangeCount {
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

  /** A checkpoint has taken them. */
  reset(): void {
    this.#count = 0;
    this.#hasSaid = false;
  }
}
