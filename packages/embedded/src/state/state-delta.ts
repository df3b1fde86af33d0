import type { StateKey, StateWrite } from '@millrace/core';
import { ByteWriter } from '../encoding/byte-writer.js';
import type { StateEntries } from './state-entries.js';
import { checkKey } from './stored-key.js';

/** What a checkpoint changes, taken out of its iterables: these may give something else once the task goes on. */
export class StateDelta {
  readonly #entries: StateEntries;
  readonly #deletes: StateKey[] = [];
  readonly #puts: StateKey[] = [];
  readonly #ends: number[] = [];
  readonly #values = new ByteWriter();

  /** @throws KeyInvalidError, and what the iterables throw */
  constructor(entries: StateEntries, { puts, deletes }: Pick<StateWrite, 'puts' | 'deletes'>) {
    this.#entries = entries;
    for (const key of deletes) {
      checkKey(key);
      this.#deletes.push(key);
    }
    for (const [key, value] of puts) {
      checkKey(key);
      this.#puts.push(key);
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
    const { buffer, byteOffset } = this.#values.view();
    const value = { buffer, start: byteOffset, end: byteOffset };
    for (let index = 0; index < this.#puts.length; index += 1) {
      value.start = value.end;
      value.end = byteOffset + this.#ends[index]!;
      this.#entries.put(this.#puts[index]!, value);
    }
  }
}
