/** Bytes of a signed 32-bit number as a zig-zag varint. */
export function sizeOfVarint(value: number): number {
  const zigZag = (value << 1) ^ (value >> 31);
  if ((zigZag & -0x80) === 0) return 1;
  if ((zigZag & -0x4000) === 0) return 2;
  if ((zigZag & -0x20_0000) === 0) return 3;
  return (zigZag & -0x1000_0000) === 0 ? 4 : 5;
}

/** Writes a signed 32-bit number as a zig-zag varint and gives the position behind it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let zigZag = (value << 1) ^ (value >> 31);
  let position = at;
  while ((zigZag & -0x80) !== 0) {
    target[position++] = (zigZag & 0x7f) | 0x80;
    zigZag >>>= 7;
  }
  target[position++] = zigZag;
  return position;
}

/** Numbers from 0 to here are the same in 32 bits. */
const MAX_INT32 = 0x7fff_ffff;

/** Bytes of a whole number from 0 to 2^53 as a zig-zag varlong. */
export function sizeOfVarlong(value: number): number {
  if (value <= MAX_INT32) return sizeOfVarint(value);
  let bytes = 1;
  for (let rest = value * 2; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

/** Writes a whole number from 0 to 2^53 as a zig-zag varlong (twice the number: exact) and gives the position behind it. */
export function writeVarlong(target: Uint8Array, at: number, value: number): number {
  if (value <= MAX_INT32) return writeVarint(target, at, value);
  let rest = value * 2;
  let position = at;
  while (rest >= 0x80) {
    target[position++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  target[position++] = rest;
  return position;
}
