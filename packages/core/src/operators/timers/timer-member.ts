import { decodeField, encodeField } from '../../state/state-key.js';
import type { Timer } from './timer.js';

const LOW = 2 ** 32;
/** Moves the high part of the smallest timestamp to 0, so that bytes order as numbers do. */
const HIGH_OFFSET = 2 ** 21;
const HIGH_BYTES = 3;
const LOW_BYTES = 4;

/**
 * A timer as a byte string (one character a byte): timestamp, key, namespace. Byte order is the order of firing, and the
 * same timer is the same string, which is what makes it one timer.
 */
export function memberOf(timestamp: number, key: string | number, namespace: string): string {
  const high = Math.floor(timestamp / LOW) + HIGH_OFFSET;
  const low = timestamp - (high - HIGH_OFFSET) * LOW;
  // One call: made of seven strings it costs several times as much.
  const time = String.fromCharCode(
    high >>> 16,
    (high >>> 8) & 0xff,
    high & 0xff,
    low >>> 24,
    (low >>> 16) & 0xff,
    (low >>> 8) & 0xff,
    low & 0xff,
  );
  return time + encodeField(key) + encodeField(namespace);
}

/** The timer that `memberOf` made the bytes of. */
export function timerOf(member: string): Timer {
  const timestamp = (numberAt(member, 0, HIGH_BYTES) - HIGH_OFFSET) * LOW + numberAt(member, HIGH_BYTES, LOW_BYTES);
  const key = decodeField(member, HIGH_BYTES + LOW_BYTES);
  return { timestamp, key: key.value, namespace: String(decodeField(member, key.end).value) };
}

function numberAt(bytes: string, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at += 1) value = value * 0x100 + bytes.charCodeAt(at);
  return value;
}
