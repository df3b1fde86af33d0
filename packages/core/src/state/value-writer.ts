/** Values of a checkpoint are written into pieces of so many bytes. */
const PIECE_BYTES = 16_384;
/** Up to so many chars a loop is faster than a call into Node. */
const SHORT_TEXT = 64;
/** The most bytes that UTF-8 takes for a UTF-16 unit. */
const MAX_UNIT_BYTES = 3;

/**
 * Writes values one behind the other into pieces of memory that are never written again: memory of its own for each value
 * costs more than writing it. What is kept for long is to be copied, or it keeps a whole piece.
 */
export class ValueWriter {
  #piece = Buffer.alloc(0);
  #start = 0;
  #at = 0;

  byte(value: number): void {
    this.#reserve(1);
    this.#piece[this.#at++] = value;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#at = this.#piece.writeUInt16BE(value, this.#at);
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#at = this.#piece.writeDoubleBE(value, this.#at);
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#piece.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** As UTF-8, halves of surrogate pairs as Node writes them. */
  text(text: string): void {
    this.#reserve(text.length * MAX_UNIT_BYTES);
    if (text.length > SHORT_TEXT || !this.#ascii(text)) this.#at += this.#piece.write(text, this.#at, 'utf8');
  }

  /** What was written since the last call. */
  take(): Uint8Array {
    const written = this.#piece.subarray(this.#start, this.#at);
    this.#start = this.#at;
    return written;
  }

  /** Forgets what was written since the last `take`. */
  undo(): void {
    this.#at = this.#start;
  }

  /** Writes text of one byte a char; false where it is none, and nothing is written. */
  #ascii(text: string): boolean {
    const piece = this.#piece;
    const at = this.#at;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) return false;
      piece[at + index] = unit;
    }
    this.#at = at + text.length;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#piece.length) return;
    const begun = this.#piece.subarray(this.#start, this.#at);
    this.#piece = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, 2 * (begun.length + bytes)));
    this.#piece.set(begun);
    this.#start = 0;
    this.#at = begun.length;
  }
}
