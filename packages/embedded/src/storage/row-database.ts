import type { ByteDatabase, RootStore } from './byte-database.js';

/** Reads something out of bytes that change with the next read: copy what is to stay. */
export type KeyReader<K> = (bytes: Buffer, start: number, end: number) => K;
export type ValueReader<V> = (bytes: Buffer, length: number) => V;

/**
 * The rows of all tables. Rows are many and small, so they are read out of LMDB's buffer in place: a copy of each key
 * and value of a scan was measured to cost more than reading them, and its garbage tens of megabytes.
 */
export class RowDatabase {
  readonly #writing: ByteDatabase;
  /** The same database with codecs of its own, for scans. */
  readonly #scanning: ByteDatabase;
  #readKey: KeyReader<unknown> = () => undefined;
  #readValue: ValueReader<unknown> = () => undefined;
  /** The largest key there may be; undefined where it is not known. */
  #last: Buffer | undefined;

  constructor(root: RootStore) {
    this.#writing = root.openDB({ name: 'rows', encoding: 'binary', keyEncoding: 'binary' });
    this.#scanning = root.openDB({
      name: 'rows',
      keyEncoder: {
        writeKey: (key: Buffer, target: Buffer, start: number) => {
          target.set(key, start);
          return start + key.length;
        },
        readKey: (source: Buffer, start: number, end: number) => this.#readKey(source, start, end),
      },
      encoder: {
        encode: (value: Buffer) => value,
        decode: (source: Buffer, size: number) => this.#readValue(source, size),
      },
    });
    for (const key of this.#writing.getKeys({ reverse: true, limit: 1 })) this.#last = key;
  }

  /** What `read` makes of the value; undefined where there is none. */
  get<V>(key: Buffer, read: ValueReader<V>): V | undefined {
    const bytes = this.#writing.getBinaryFast(key);
    return bytes === undefined ? undefined : read(bytes, bytes.length);
  }

  /** Up to `limit` entries from `start` on, before `end`, in the order of the keys. The readers must not throw. */
  scan<K, V>(
    range: { start: Buffer; end: Buffer; limit: number },
    readKey: KeyReader<K>,
    readValue: ValueReader<V>,
  ): { key: K; value: V }[] {
    this.#readKey = readKey;
    this.#readValue = readValue;
    return [...this.#scanning.getRange(range)] as unknown as { key: K; value: V }[];
  }

  /** Writes one row; inside a transaction. `value` may be reused afterwards. */
  put(key: Buffer, value: Buffer): void {
    // Rows that arrive in the order of their keys, as a sorted load's do, fill whole pages this way, not half ones. A
    // key that a failed transaction left here is too large at worst, and then the ordinary way is taken.
    if (this.#last === undefined || Buffer.compare(key, this.#last) > 0) {
      this.#last = Buffer.from(key);
      if (this.#writing.putSync(key, value, { append: true })) return;
    }
    this.#writing.putSync(key, value);
  }
}
