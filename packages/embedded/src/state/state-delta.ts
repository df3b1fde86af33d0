import type { StateWrite } from '@millrace/core';
import { ByteWriter } from '../encoding/byte-writer.js';
import type { StateEntries } from './state-entries.js';

/** What a checkpoint changes, taken out of its iterables: these may give something else once the task goes on. */
export class StateDelta {
  readonly #entries: StateEntries;
  readonly #deletes: string[] = [];
  readonly #puts: string[] = [];
  readonly #ends: number[] = [];
  readonly #values = new ByteWriter();

  /** @throws KeyInvalidError, and what the iterables throw */
  constructor(entries: StateEntries, { puts, deletes }: Pick<StateWrite, 'puts' | 'deletes'>) {
    this.#entries = entries;
    for (const key of deletes) this.#deletes.push(entries.stored(key));
    for (const [key, value] of puts) {
      this.#puts.push(entries.stored(key));
      this.#values.raw(value);
      this.#ends.push(this.#values.length);
    }
  }

  /** How many entries it puts or deletes. */
  get entries(): number {
    return this.#puts.length + this.#deletes.length;
  }

  /** Inside a transaction. */
  write(): void {
    for (const key of this.#deletes) this.#entries.delete(key);
    const values = this.#values.view();
    let from = 0;
    for (const [index, key] of this.#puts.entries()) {
      const end = this.#ends[index]!;
      this.#entries.put(key, values.subarray(from, end));
      from = end;
    }
  }
}
