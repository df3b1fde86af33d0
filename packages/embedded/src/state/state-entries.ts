import type { StateKey } from '@millrace/core';
import type { ReadTransaction } from '../storage/byte-database.js';
import type { OwnedKey, StateDatabase, ValuePlace } from '../storage/state-database.js';
import { checkKey, ownerBytes, rangeOf, stateKey } from './stored-key.js';

/** The entries of one owner: as they are, or as they were when `transaction` began. */
export class StateEntries {
  readonly #database: StateDatabase;
  readonly #owner: string;
  readonly #transaction: ReadTransaction | undefined;
  /** The key of the call in hand. */
  readonly #key: { readonly owner: string; key: StateKey };

  constructor(database: StateDatabase, owner: number, transaction?: ReadTransaction) {
    this.#database = database;
    this.#owner = ownerBytes(owner);
    this.#transaction = transaction;
    this.#key = { owner: this.#owner, key: '' };
  }

  /** @throws KeyInvalidError where the key is too long */
  get(key: StateKey): Uint8Array | undefined {
    checkKey(key);
    return this.#database.get(this.#owned(key), this.#transaction);
  }

  /** In the order of the keys' bytes; what is written meanwhile is not met. */
  *scan(prefix: StateKey, after?: StateKey): Generator<readonly [StateKey, Uint8Array]> {
    const range = { ...rangeOf(this.#owner, prefix, after), transaction: this.#transaction };
    for (const { key, value } of this.#database.getRange(range)) yield [stateKey(key), value];
  }

  /** Inside a transaction; of keys that `checkKey` takes. */
  put(key: StateKey, value: ValuePlace): void {
    this.#database.put(this.#owned(key), value);
  }

  /** Inside a transaction; of keys that `checkKey` takes. */
  delete(key: StateKey): void {
    this.#database.delete(this.#owned(key));
  }

  #owned(key: StateKey): OwnedKey {
    this.#key.key = key;
    return this.#key;
  }
}
