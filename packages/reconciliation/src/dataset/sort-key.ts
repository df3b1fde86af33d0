/**
 * Bytes whose order is that of the columns' UTF-8 bytes, column by column: each column ends in 00 00, and a 00 inside
 * becomes 00 01, so that a shorter column stands before every longer one that begins with it.
 */
export function sortKey(columns: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (const column of columns) {
    const bytes = Buffer.from(column, 'utf8');
    parts.push(bytes.includes(0) ? escapeZeros(bytes) : bytes, END);
  }
  return Buffer.concat(parts);
}

const END = Buffer.from([0, 0]);

function escapeZeros(bytes: Buffer): Buffer {
  const escaped: number[] = [];
  for (const byte of bytes) {
    escaped.push(byte);
    if (byte === 0) escaped.push(1);
  }
  return Buffer.from(escaped);
}

/** Eight bytes, big-endian, for a whole number from 0. */
export function numberKey(...values: readonly number[]): Buffer {
  const key = Buffer.alloc(8 * values.length);
  values.forEach((value, index) => key.writeBigUInt64BE(BigInt(value), index * 8));
  return key;
}
