import type { StateKey } from '@millrace/core';
import type { ReadTransaction } from '../storage/byte-database.js';
import type { StateDatabase } from '../storage/state-database.js';
import { ownerBytes, rangeOf, stateKey, storedKey } from './stored-key.js';

/** The entries of one owner: as they are, or as they were when `transaction` began. */
export class StateEntries {
  readonly #database: StateDatabase;
  readonly #owner: string;
  readonly #transaction: ReadTransaction | undefined;

  constructor(database: StateDatabase, owner: number, transaction?: ReadTransaction) {
    this.#database = database;
    this.#owner = ownerBytes(owner);
    this.#transaction = transaction;
  }

  get(key: StateKey): Uint8Array | undefined {
    return this.#database.get(storedKey(this.#owner, key), { transaction: this.#transaction });
  }

  /** In the order of the keys' bytes; what is written meanwhile is not met. */
  *scan(prefix: StateKey, after?: StateKey): Generator<readonly [StateKey, Uint8Array]> {
    const range = { ...rangeOf(this.#owner, prefix, after), transaction: this.#transaction };
    for (const { key, value } of this.#database.getRange(range)) yield [stateKey(key), value];
  }

  /** The key as `put` and `delete` take it. @throws KeyInvalidError where it is too long */
  stored(key: StateKey): string {
    return storedKey(this.#owner, key);
  }

  /** Inside a transaction. */
  put(stored: string, value: Buffer): void {
    this.#database.putSync(stored, value);
  }

  /** Inside a transaction. */
  delete(stored: string): void {
    this.#database.removeSync(stored);
  }
}
