import type { StateKey } from './state-backend.js';

/** A key of the stream, or of an entry of a map state. */
export type Key = string | number;

/** Longest key of a stream in UTF-16 units: with the rest of an entry's key it stays below what LMDB allows. */
export const MAX_KEY_CHARS = 500;
/** Longest namespace, and longest key in a map state. */
export const MAX_MEMBER_CHARS = 250;
/** Longest member of a sorted set, in bytes. */
export const MAX_SET_MEMBER_BYTES = 1_800;

const scratch = Buffer.alloc(8);
const NOT_LATIN1 = /[^\0-\u00ff]/;

/** Where the entries of one state begin. */
export function statePrefix(id: number): StateKey {
  return String.fromCharCode(id >> 8, id & 0xff);
}

/**
 * A key, namespace or map key as bytes that say where they end: `n` and 8 bytes for a number (those from 0 up in their
 * order), `s` and a length for text of one byte a char, `u` for any other. Every string is kept as it is, half surrogate
 * pairs included.
 */
export function encodeField(field: Key): StateKey {
  if (typeof field === 'number') {
    scratch.writeDoubleBE(field === 0 ? 0 : field); // -0 is 0, as in a Map
    return `n${scratch.toString('latin1')}`;
  }
  if (!NOT_LATIN1.test(field)) return `s${lengthOf(field.length)}${field}`;
  const bytes = Buffer.from(field, 'utf16le');
  return `u${lengthOf(bytes.length)}${bytes.toString('latin1')}`;
}

function lengthOf(length: number): string {
  return String.fromCharCode((length >> 8) & 0xff, length & 0xff);
}

/** One field of an entry's key, and where the next begins. */
export interface DecodedField {
  readonly value: Key;
  readonly end: number;
}

/** @throws RangeError where there is no field at `at` */
export function decodeField(key: StateKey, at: number): DecodedField {
  const tag = key.charAt(at);
  if (tag === 'n' && key.length >= at + 9) {
    scratch.write(key.slice(at + 1, at + 9), 'latin1');
    return { value: scratch.readDoubleBE(), end: at + 9 };
  }
  if (tag === 's' || tag === 'u') {
    const start = at + 3;
    const end = start + (key.charCodeAt(at + 1) << 8) + key.charCodeAt(at + 2);
    const text = key.slice(start, end);
    if (end <= key.length) return { value: tag === 's' ? text : Buffer.from(text, 'latin1').toString('utf16le'), end };
  }
  throw new RangeError(`no key of a state at byte ${String(at)} of ${JSON.stringify(key)}`);
}

/** What an entry's key says after the state's prefix. */
export interface EntryAddress {
  readonly key: Key;
  readonly namespace: string;
  /** Key of a map's entry, number of a list's element; undefined for one value. */
  readonly member: Key | undefined;
}

export function encodeAddress(prefix: StateKey, key: Key, namespace: string, member: Key | undefined): StateKey {
  const place = prefix + encodeField(key) + encodeField(namespace);
  return member === undefined ? place : place + encodeField(member);
}

export function decodeAddress(stateKey: StateKey, prefixLength: number): EntryAddress {
  const key = decodeField(stateKey, prefixLength);
  const namespace = decodeField(stateKey, key.end);
  const member = namespace.end < stateKey.length ? decodeField(stateKey, namespace.end).value : undefined;
  return { key: key.value, namespace: String(namespace.value), member };
}
