import { endianness } from 'node:os';

/** Castagnoli's polynomial, reflected. Not the one of zlib's crc32. */
const POLYNOMIAL = 0x82f63b78;

/** Table k gives what a byte contributes that stands k bytes before the end of what is taken in one step. */
const TABLES = makeTables(16);
const [T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15] = TABLES as [
  Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array,
  Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array,
]; // prettier-ignore

/** Words are read as the machine stores them; the tables are for the order of every machine that Node is built for but one. */
const READS_WORDS = endianness() === 'LE';

/** Up to three bytes to the next word, then one step. */
const SMALLEST = 3 + 16;

/**
 * CRC-32C of the bytes `from` (included) to `to` (left out), as an unsigned number: what a record batch carries
 * (KIP-98). Sixteen bytes a step, in four words: about four times as fast as a byte a step.
 */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = -1;
  let i = from;
  if (READS_WORDS && to - from >= SMALLEST) {
    const aligned = from + ((4 - ((bytes.byteOffset + from) & 3)) & 3);
    for (; i < aligned; i++) crc = T0[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
    const words = ((to - i) >>> 4) << 2;
    const word = new Int32Array(bytes.buffer, bytes.byteOffset + i, words);
    for (let w = 0; w < words; w += 4) {
      const a = crc ^ word[w]!;
      const b = word[w + 1]!;
      const c = word[w + 2]!;
      const d = word[w + 3]!;
      crc =
        T15[a & 0xff]! ^
        T14[(a >>> 8) & 0xff]! ^
        T13[(a >>> 16) & 0xff]! ^
        T12[a >>> 24]! ^
        T11[b & 0xff]! ^
        T10[(b >>> 8) & 0xff]! ^
        T9[(b >>> 16) & 0xff]! ^
        T8[b >>> 24]! ^
        T7[c & 0xff]! ^
        T6[(c >>> 8) & 0xff]! ^
        T5[(c >>> 16) & 0xff]! ^
        T4[c >>> 24]! ^
        T3[d & 0xff]! ^
        T2[(d >>> 8) & 0xff]! ^
        T1[(d >>> 16) & 0xff]! ^
        T0[d >>> 24]!;
    }
    i += words << 2;
  }
  for (; i < to; i++) crc = T0[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

function makeTables(count: number): Int32Array[] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    first[byte] = crc;
  }
  const tables = [first];
  while (tables.length < count) {
    const last = tables[tables.length - 1]!;
    tables.push(last.map((crc) => first[crc & 0xff]! ^ (crc >>> 8)));
  }
  return tables;
}
