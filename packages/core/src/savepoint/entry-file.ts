import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { StateKey, StateReader } from '../state/state-backend.js';

/** Entries between two turns of the event loop. */
const ENTRIES_PER_TURN = 2_000;

/**
 * Writes all entries of a state to a new file: for each the length of the key and of the value (4 bytes each, little
 * endian), then both. Durable when it resolves. The state must not be written meanwhile.
 */
export async function writeEntryFile(
  path: string,
  reader: StateReader,
): Promise<{ readonly entries: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx');
  let entries = 0;
  try {
    let after: StateKey | undefined;
    for (;;) {
      const parts: Uint8Array[] = [];
      let last: StateKey | undefined;
      for (const [key, value] of reader.scan('', after)) {
        const head = Buffer.alloc(8);
        head.writeUInt32LE(key.length, 0);
        head.writeUInt32LE(value.length, 4);
        parts.push(head, Buffer.from(key, 'latin1'), value);
        last = key;
        entries += 1;
        if (parts.length >= 3 * ENTRIES_PER_TURN) break;
      }
      if (last === undefined) break;
      after = last;
      const bytes = Buffer.concat(parts);
      hash.update(bytes);
      await file.writeFile(bytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { entries, sha256: hash.digest('hex') };
}

/** Bytes read at once. */
const CHUNK_BYTES = 1 << 20;

/**
 * The entries of such a file, read as they are asked for: a state may be larger than memory.
 *
 * @throws Error where it ends in the middle of an entry
 */
export function* entriesOf(path: string): Generator<readonly [StateKey, Uint8Array]> {
  const file = openSync(path, 'r');
  try {
    let rest = Buffer.alloc(0);
    const need = (bytes: number): boolean => {
      while (rest.length < bytes) {
        const chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, bytes - rest.length));
        const read = readSync(file, chunk);
        if (read === 0) return false;
        rest = Buffer.concat([rest, chunk.subarray(0, read)]);
      }
      return true;
    };
    while (need(8)) {
      const valueAt = 8 + rest.readUInt32LE(0);
      const end = valueAt + rest.readUInt32LE(4);
      if (!need(end)) throw new Error('it ends in the middle of an entry');
      yield [rest.toString('latin1', 8, valueAt), Uint8Array.prototype.slice.call(rest, valueAt, end)];
      rest = rest.subarray(end);
    }
    if (rest.length > 0) throw new Error('it ends in the middle of an entry');
  } finally {
    closeSync(file);
  }
}

/** SHA-256 of a file, hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
