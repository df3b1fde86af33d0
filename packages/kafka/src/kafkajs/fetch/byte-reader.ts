/** Reads Kafka's primitive types one after the other. */
export class ByteReader {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  int8(): number {
    return this.bytes.readInt8(this.at++);
  }

  int16(): number {
    const value = this.bytes.readInt16BE(this.at);
    this.at += 2;
    return value;
  }

  int32(): number {
    const value = this.bytes.readInt32BE(this.at);
    this.at += 4;
    return value;
  }

  /** Exact to 53 bits: offsets and times. */
  int64(): number {
    const value = this.bytes.readInt32BE(this.at) * 0x1_0000_0000 + this.bytes.readUInt32BE(this.at + 4);
    this.at += 8;
    return value;
  }

  /** As kafkajs has 64-bit numbers. */
  int64Text(): string {
    const value = this.bytes.readBigInt64BE(this.at);
    this.at += 8;
    return value.toString();
  }

  /** Text with its length in two bytes before it. */
  text(): string {
    const length = this.int16();
    const value = this.bytes.toString('utf8', this.at, this.at + length);
    this.at += length;
    return value;
  }

  /** A zig-zag varint of 32 bits. */
  varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** A zig-zag varint of 64 bits, exact to 53. */
  varlong(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    let value = byte & 0x7f;
    for (let factor = 0x80; byte >= 0x80; factor *= 0x80) {
      byte = bytes[this.at++]!;
      value += (byte & 0x7f) * factor;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** As many bytes as a varint before them says, not copied; null where it says -1. */
  varintBytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const begin = this.at;
    this.at += length;
    return this.bytes.subarray(begin, begin + length);
  }
}
