/**
 * The parts of LMDB that are used, typed here: the library's own declarations do not compile in an ES module project
 * that checks its libraries, and who installs this package would get them with ours.
 */

/** A part of the keys, in the order of their bytes. */
export interface KeyRange<K = Buffer> {
  readonly start?: K;
  readonly end?: K;
  readonly limit?: number;
  readonly reverse?: boolean;
  readonly inclusiveEnd?: boolean;
  readonly transaction?: ReadTransaction | undefined;
}

/** What the file holds at one moment. While it is open, the pages of that moment are not used again: the file grows. */
export interface ReadTransaction {
  done(): void;
}

/**
 * A database of the file: bytes to bytes, in the order of the keys' bytes. Keys are as its key encoder has them, values to
 * write as its encoder.
 */
export interface ByteDatabase<K = Buffer, W = Buffer> {
  get(key: K, options?: { readonly transaction?: ReadTransaction | undefined }): Buffer | undefined;
  /** The value in a buffer that the next read uses again. */
  getBinaryFast(key: K): Buffer | undefined;
  getKeys(range: KeyRange<K>): Iterable<K>;
  getRange(range: KeyRange<K>): Iterable<{ readonly key: K; readonly value: Buffer }>;
  /** Inside a transaction. With `append` only behind all other keys; false where it is not. */
  putSync(key: K, value: W, options?: { readonly append: boolean }): boolean;
  removeSync(key: K): boolean;
  /** The file as it is now, until `done`. */
  useReadTransaction(): ReadTransaction;
}

/** The open file. */
export interface RootStore {
  openDB<K = Buffer, W = Buffer>(options: object): ByteDatabase<K, W>;
  transactionSync<T>(action: () => T): T;
  close(): Promise<void>;
}
