const TWO_32 = 2 ** 32;

/** Builds one binary value. Reused between values, so that a write costs one copy and no garbage. */
export class ByteWriter {
  #buffer: Buffer;
  #position = 0;

  constructor(initialBytes = 4096) {
    this.#buffer = Buffer.allocUnsafe(initialBytes);
  }

  /** Bytes written since the last `reset`. */
  get length(): number {
    return this.#position;
  }

  reset(): void {
    this.#position = 0;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#position++] = value;
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, the low ones first (LEB128). */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= TWO_32) {
      this.#buffer[this.#position++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#buffer[this.#position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#position++] = rest;
  }

  /** A whole number from -(2^52) to 2^52 - 1; small ones of either sign stay short. */
  zigzag(value: number): void {
    this.varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#buffer.writeDoubleBE(value, this.#position);
    this.#position += 8;
  }

  /** Bytes without their length. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#position);
    this.#position += bytes.length;
  }

  /** Length, then bytes. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** Length in bytes, then UTF-8. */
  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.varint(length);
    this.rawText(text, length);
  }

  /** UTF-8 without its length; `length` is the number of bytes. */
  rawText(text: string, length: number): void {
    this.#reserve(length);
    this.#buffer.write(text, this.#position, length, 'utf8');
    this.#position += length;
  }

  /** What was written, without a copy: good until the writer is used again. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#position);
  }

  /** A copy of what was written. */
  copy(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#position));
  }

  #reserve(bytes: number): void {
    const needed = this.#position + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#position);
    this.#buffer = larger;
  }
}
