/**
 * The parts of LMDB that are used, typed here: the library's own declarations do not compile in an ES module project
 * that checks its libraries, and who installs this package would get them with ours.
 */

/** A part of the keys, in the order of their bytes. */
export interface KeyRange {
  readonly start?: Buffer;
  readonly end?: Buffer;
  readonly limit?: number;
  readonly reverse?: boolean;
  readonly inclusiveEnd?: boolean;
}

/** A database of the file: bytes to bytes, in the order of the keys' bytes. */
export interface ByteDatabase {
  get(key: Buffer): Buffer | undefined;
  /** The value in a buffer that the next read uses again. */
  getBinaryFast(key: Buffer): Buffer | undefined;
  getKeys(range: KeyRange): Iterable<Buffer>;
  getRange(range: KeyRange): Iterable<{ readonly key: Buffer; readonly value: Buffer }>;
  /** Inside a transaction. With `append` only behind all other keys; false where it is not. */
  putSync(key: Buffer, value: Buffer, options?: { readonly append: boolean }): boolean;
  removeSync(key: Buffer): boolean;
}

/** The open file. */
export interface RootStore {
  openDB(options: object): ByteDatabase;
  transactionSync<T>(action: () => T): T;
  close(): Promise<void>;
}
