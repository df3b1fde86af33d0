import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { StoreDamagedError } from '../errors.js';

/** Layout of an LMDB meta page, version 2 of the file format (liblmdb mdb.c, MDB_meta). */
const META = { header: 24, magic: 0xbeefc0de, version: 2, bytes: 168 } as const;

/**
 * Looks at a data file before LMDB maps it: what is no LMDB file is refused here. Safe while others have the file open.
 *
 * @throws StoreDamagedError where the file is no LMDB file of this version
 */
export function checkDataFile(path: string): void {
  withFile(path, 'r', (fd) => readMetas(fd, path));
}

/**
 * The same for a file that only the caller has open, and its length: LMDB believes the file's own page count, and the
 * system kills a process that touches a mapped page behind the end.
 *
 * @returns whether the file is shorter than its page count says
 * @throws StoreDamagedError where the file is no LMDB file of this version
 */
export function isTooShort(path: string): boolean {
  return withFile(path, 'r', (fd) => fstatSync(fd).size < neededBytes(fd, path)) ?? false;
}

/**
 * Gives the file the length that its page count says. LMDB leaves pages at the end unwritten where the transaction that
 * took them freed them again; nothing refers to these.
 */
export function fillUp(path: string): void {
  withFile(path, 'r+', (fd) => {
    const needed = neededBytes(fd, path);
    if (fstatSync(fd).size < needed) ftruncateSync(fd, needed);
    fsyncSync(fd);
  });
}

/** Undefined where there is no such file. */
function withFile<T>(path: string, flags: 'r' | 'r+', action: (fd: number) => T): T | undefined {
  let fd: number;
  try {
    fd = openSync(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return action(fd);
  } finally {
    closeSync(fd);
  }
}

function neededBytes(fd: number, path: string): number {
  const newest = readMetas(fd, path);
  return newest === undefined ? 0 : (newest.lastPage + 1) * newest.pageSize;
}

/** The newer of the two meta pages; undefined for an empty file (its creator was killed, or is at it). */
function readMetas(fd: number, path: string): Meta | undefined {
  if (fstatSync(fd).size === 0) return undefined;
  const first = readMeta(fd, 0);
  if (first === undefined) throw new StoreDamagedError(path, 'it does not begin with an LMDB page');
  const second = readMeta(fd, first.pageSize);
  return second !== undefined && second.transaction > first.transaction ? second : first;
}

interface Meta {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: bigint;
}

function readMeta(fd: number, offset: number): Meta | undefined {
  const bytes = Buffer.alloc(META.bytes);
  if (readSync(fd, bytes, 0, META.bytes, offset) < META.bytes) return undefined;
  const meta = bytes.subarray(META.header);
  if (meta.readUInt32LE(0) !== META.magic || (meta.readUInt32LE(4) & 0xffff) !== META.version) return undefined;
  const pageSize = meta.readUInt32LE(24);
  const lastPage = Number(meta.readBigUInt64LE(120));
  if (pageSize < 512 || pageSize > 65536 || !Number.isSafeInteger(lastPage * pageSize)) return undefined;
  return { pageSize, lastPage, transaction: meta.readBigUInt64LE(128) };
}
