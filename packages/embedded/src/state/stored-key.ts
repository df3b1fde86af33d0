import type { StateKey } from '@millrace/core';
import { KeyInvalidError } from '../errors.js';

/** LMDB takes keys of 1,978 bytes; four are the owner's number. */
const MAX_KEY_BYTES = 1_974;
const OWNER_BYTES = 4;

/** The four bytes that stand for an owner, before the keys of its entries. @param id from 0 to 2^32 - 2 */
export function ownerBytes(id: number): string {
  const bytes = Buffer.alloc(OWNER_BYTES);
  bytes.writeUInt32BE(id);
  return bytes.toString('latin1');
}

/** @throws KeyInvalidError where the key is longer than the database takes */
export function checkKey(key: StateKey): void {
  if (key.length > MAX_KEY_BYTES) {
    throw new KeyInvalidError('state', `a key has at most ${String(MAX_KEY_BYTES)} bytes, not ${String(key.length)}`);
  }
}

/** The key of a stored key. */
export function stateKey(stored: string): StateKey {
  return stored.slice(OWNER_BYTES);
}

/** Where the stored keys lie that begin with `prefix`, those behind `after` alone where it is given. */
export function rangeOf(owner: string, prefix: StateKey, after?: StateKey): { start: string; end: string } {
  const first = after === undefined || after < prefix ? prefix : `${after}\0`;
  return { start: owner + first, end: behind(owner + prefix) };
}

/** The smallest text behind everything that begins with `prefix`; there is one as long as a byte is below 255. */
function behind(prefix: string): string {
  let last = prefix.length - 1;
  while (prefix.charCodeAt(last) === 0xff) last -= 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}
