/** A record of the split that was read and is followed until it is settled. */
export interface TrackedRecord {
  readonly position: number;
  isSettled: boolean;
}

/** A queue that was longer is not kept for the next records. */
const KEPT_PLACES = 4_096;

/**
 * Knows how far a split is settled without a gap: the position that is safe to commit, whatever the order in which
 * records settle. One slow record holds the position back, not the others' work.
 */
export class OffsetTracker {
  /** What is followed stands from `#head` to before `#tail`; places outside are used again. */
  #queue: TrackedRecord[] = [];
  #head = 0;
  #tail = 0;
  #next: number | undefined;

  /** @param start position that reading begins at, undefined where it is not known yet */
  constructor(start: number | undefined) {
    this.#next = start;
  }

  /** Records read and not settled behind the first unsettled one, settled ones among them included. */
  get length(): number {
    return this.#tail - this.#head;
  }

  /** The position after everything read so far, undefined before the first chunk of a split without a start. */
  get nextPosition(): number | undefined {
    return this.#next;
  }

  /** The next position to read if all that is unsettled were to be read again: what may be committed. */
  get settledPosition(): number | undefined {
    return this.#head < this.#tail ? this.#queue[this.#head]!.position : this.#next;
  }

  /** Follows a record; records come in order of their positions. */
  add(record: TrackedRecord): void {
    // Not always `push`: while records settle as they come, the array stays as it is.
    if (this.#tail === this.#queue.length) this.#queue.push(record);
    else this.#queue[this.#tail] = record;
    this.#tail += 1;
    this.#next = record.position + 1;
  }

  /** Says that reading goes on at `position`, gaps of the log skipped. */
  advance(position: number): void {
    if (this.#next === undefined || position > this.#next) this.#next = position;
  }

  settle(record: TrackedRecord): void {
    record.isSettled = true;
    while (this.#head < this.#tail && this.#queue[this.#head]!.isSettled) this.#head += 1;
    if (this.#head === this.#tail) {
      if (this.#queue.length > KEPT_PLACES) this.#queue = [];
      this.#head = 0;
      this.#tail = 0;
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#tail) {
      this.#queue = this.#queue.slice(this.#head, this.#tail);
      this.#tail -= this.#head;
      this.#head = 0;
    }
  }
}
