import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { messageOf } from '@millrace/core';
import { StoreDamagedError } from '../errors.js';

/** Layout of an LMDB meta page, version 2 of the file format (liblmdb mdb.c, MDB_meta). */
const META = { header: 24, magic: 0xbeefc0de, version: 2, bytes: 168 } as const;

/**
 * Looks at a data file before LMDB maps it: LMDB believes what the file says of itself, and a process that touches a
 * page behind the file's end is killed by the system. A file that is too short for its own page count is filled up with
 * empty pages (LMDB may leave its last pages unwritten where the same transaction freed them again) and then has to be
 * read through.
 *
 * @returns whether the file has to be read through before it is believed
 * @throws StoreDamagedError where the file is no LMDB file of this version
 */
export function inspectDataFile(path: string): { suspicious: boolean } {
  let fd: number;
  try {
    fd = openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { suspicious: false };
    throw new StoreDamagedError(path, messageOf(error), error);
  }
  try {
    const size = fstatSync(fd).size;
    // A process that was killed while it created the file.
    if (size === 0) return { suspicious: false };
    const first = readMeta(fd, 0);
    if (first === undefined) throw new StoreDamagedError(path, 'it does not begin with an LMDB page');
    const second = readMeta(fd, first.pageSize);
    const newest = second !== undefined && second.transaction > first.transaction ? second : first;
    const needed = (newest.lastPage + 1) * newest.pageSize;
    if (size >= needed) return { suspicious: false };
    ftruncateSync(fd, needed);
    return { suspicious: true };
  } finally {
    closeSync(fd);
  }
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
