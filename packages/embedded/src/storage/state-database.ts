import type { ByteDatabase, RootStore } from './byte-database.js';

/** Keyed state of jobs: binary strings (one char a byte) to bytes, in the order of the keys' bytes. */
export type StateDatabase = ByteDatabase<string>;

/** Keys stay strings on their way to LMDB: a job reads one for nearly every record, and a Buffer for each is garbage. */
export function openStateDatabase(root: RootStore): StateDatabase {
  return root.openDB<string>({
    name: 'state',
    encoding: 'binary',
    keyEncoder: {
      writeKey: (key: string, target: Buffer, start: number): number => {
        // What has no room is left out; the library makes room where it sees this error.
        if (start + key.length > target.length) throw new RangeError('no room for the key');
        return start + target.write(key, start, 'latin1');
      },
      readKey: (source: Buffer, start: number, end: number): string => source.toString('latin1', start, end),
    },
  });
}
