import type { ByteDatabase, KeyRange, ReadTransaction, RootStore } from './byte-database.js';

/** A key in the two parts that it is put together of where it is written: a text of both would be one for each call. */
export interface OwnedKey {
  /** Binary string that stands before the key. */
  readonly owner: string;
  readonly key: string;
}

/** Where a value stands. One object for all values of a piece of memory: the library keeps in it where that lies. */
export interface ValuePlace {
  readonly buffer: ArrayBufferLike;
  start: number;
  end: number;
}

/** Up to so many bytes a loop is faster than a call into Node. */
const SHORT_KEY = 96;

/** Keyed state of jobs: binary strings (one char a byte) to bytes, in the order of the keys' bytes. */
export class StateDatabase {
  readonly #reading: ByteDatabase<string | OwnedKey>;
  /** The same database, with values that are written from where they stand. */
  readonly #writing: ByteDatabase<OwnedKey, ValuePlace>;

  constructor(root: RootStore) {
    this.#reading = root.openDB({ name: 'state', encoding: 'binary', keyEncoder });
    this.#writing = root.openDB({
      name: 'state',
      keyEncoder,
      encoder: { encode: (place: ValuePlace) => place, decode: () => undefined },
    });
  }

  get(key: OwnedKey, transaction: ReadTransaction | undefined): Buffer | undefined {
    return this.#reading.get(key, { transaction });
  }

  /** Keys are one text here. */
  getRange(range: KeyRange<string>): Iterable<{ readonly key: string; readonly value: Buffer }> {
    return this.#reading.getRange(range) as Iterable<{ readonly key: string; readonly value: Buffer }>;
  }

  /** Inside a transaction. */
  put(key: OwnedKey, value: ValuePlace): void {
    this.#writing.putSync(key, value);
  }

  /** Inside a transaction. */
  delete(key: OwnedKey): void {
    this.#writing.removeSync(key);
  }

  /** The file as it is now, until `done`. */
  useReadTransaction(): ReadTransaction {
    return this.#reading.useReadTransaction();
  }
}

/** Keys stay strings on their way to LMDB: a job reads one for nearly every record, and a Buffer for each is garbage. */
const keyEncoder = {
  writeKey(key: string | OwnedKey, target: Buffer, start: number): number {
    if (typeof key === 'string') return write(key, target, start);
    return write(key.key, target, write(key.owner, target, start));
  },
  readKey: (source: Buffer, start: number, end: number): string => source.toString('latin1', start, end),
};

function write(text: string, target: Buffer, start: number): number {
  const { length } = text;
  // What has no room is left out; the library makes room where it sees this error.
  if (start + length > target.length) throw new RangeError('no room for the key');
  if (length > SHORT_KEY) return start + target.write(text, start, 'latin1');
  for (let index = 0; index < length; index += 1) target[start + index] = text.charCodeAt(index);
  return start + length;
}
