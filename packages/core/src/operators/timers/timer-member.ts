import type { Timer } from './timer.js';

const LOW = 2 ** 32;
/** Moves the high part of the smallest timestamp to 0, so that bytes order as numbers do. */
const HIGH_OFFSET = 2 ** 21;
const TIMESTAMP_BYTES = 7;

/**
 * A timer as a byte string (one character a byte): timestamp, key, namespace. Byte order is the order of firing, and the
 * same timer is the same string, which is what makes it one timer.
 */
export function memberOf(timestamp: number, key: string | number, namespace: string): string {
  const high = Math.floor(timestamp / LOW);
  const low = timestamp - high * LOW;
  return `${bytesOf(high + HIGH_OFFSET, 3)}${bytesOf(low, 4)}${keyBytes(key)}${textBytes(namespace)}`;
}

/** The timer that `memberOf` made the bytes of. */
export function timerOf(member: string): Timer {
  const timestamp = (numberAt(member, 0, 3) - HIGH_OFFSET) * LOW + numberAt(member, 3, 4);
  const length = numberAt(member, TIMESTAMP_BYTES, 4);
  const start = TIMESTAMP_BYTES + 4;
  return {
    timestamp,
    key: keyAt(member.slice(start, start + length)),
    namespace: textAt(member.slice(start + length)),
  };
}

function keyBytes(key: string | number): string {
  const bytes = typeof key === 'number' ? `n${String(key)}` : textBytes(key);
  return `${bytesOf(bytes.length, 4)}${bytes}`;
}

function keyAt(bytes: string): string | number {
  return bytes.startsWith('n') ? Number(bytes.slice(1)) : textAt(bytes);
}

/** UTF-16 where a character is over one byte: UTF-8 would make one key of all that hold half a surrogate pair. */
function textBytes(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) > 0xff) return `u${Buffer.from(text, 'utf16le').toString('latin1')}`;
  }
  return `l${text}`;
}

function textAt(bytes: string): string {
  const text = bytes.slice(1);
  return bytes.startsWith('u') ? Buffer.from(text, 'latin1').toString('utf16le') : text;
}

function bytesOf(value: number, count: number): string {
  let bytes = '';
  for (let shift = (count - 1) * 8; shift >= 0; shift -= 8) bytes += String.fromCharCode((value >>> shift) & 0xff);
  return bytes;
}

function numberAt(bytes: string, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at += 1) value = value * 0x100 + bytes.charCodeAt(at);
  return value;
}
