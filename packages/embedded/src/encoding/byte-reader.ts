/** Thrown by `ByteReader` where the bytes end too early; callers say where it happened. */
export class TruncatedValueError extends Error {
  constructor() {
    super('the stored value ends too early');
  }
}

/** Reads what `ByteWriter` wrote. Never reads beyond the value. */
export class ByteReader {
  readonly #buffer: Buffer;
  #position: number;
  readonly #end: number;

  constructor(buffer: Uint8Array, start = 0, end = buffer.length) {
    this.#buffer = Buffer.isBuffer(buffer) ? buffer : Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    this.#position = start;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#position >= this.#end;
  }

  byte(): number {
    if (this.#position >= this.#end) throw new TruncatedValueError();
    return this.#buffer[this.#position++]!;
  }

  varint(): number {
    let result = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      result += (byte & 0x7f) * factor;
      if (byte < 0x80) return result;
      factor *= 128;
      if (factor > 2 ** 56) throw new TruncatedValueError();
    }
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  float64(): number {
    this.#need(8);
    const value = this.#buffer.readDoubleBE(this.#position);
    this.#position += 8;
    return value;
  }

  /** A view of the next `length` bytes; it shares memory with the value. */
  raw(length: number): Buffer {
    this.#need(length);
    const bytes = this.#buffer.subarray(this.#position, this.#position + length);
    this.#position += length;
    return bytes;
  }

  bytes(): Buffer {
    return this.raw(this.varint());
  }

  text(): string {
    return this.rawText(this.varint());
  }

  rawText(length: number): string {
    this.#need(length);
    const text = this.#buffer.toString('utf8', this.#position, this.#position + length);
    this.#position += length;
    return text;
  }

  /** A view of everything that was not read yet. */
  rest(): Buffer {
    return this.raw(this.#end - this.#position);
  }

  skip(length: number): void {
    this.#need(length);
    this.#position += length;
  }

  #need(bytes: number): void {
    if (this.#position + bytes > this.#end) throw new TruncatedValueError();
  }
}
