import type { FileHandle } from 'node:fs/promises';

const BLOCK_BYTES = 256 * 1_024;
const NEWLINE = 0x0a;
const EXCERPT_BYTES = 200;

/** A line as it stands in a file. */
export interface Line {
  /** Bytes before it in the file. */
  readonly offset: number;
  /** Without the line end; of a line that is too long its beginning alone. */
  readonly bytes: Uint8Array;
  readonly isTooLong: boolean;
  /** Offset behind the line end. */
  readonly next: number;
}

/** Reads a file line by line from an offset on, and goes on when more was written. Memory is bounded by one line. */
export class LineReader {
  readonly #file: FileHandle;
  readonly #maxLineBytes: number;
  /** What was read and is no whole line yet. */
  #rest: Buffer = Buffer.alloc(0);
  /** Where `rest` begins. */
  #offset: number;
  /** A line that is too long: where it began and how it begins. Its end has not been found yet. */
  #long: { readonly offset: number; readonly bytes: Buffer } | undefined;
  #lines: Line[] = [];

  constructor(file: FileHandle, offset: number, maxLineBytes: number) {
    this.#file = file;
    this.#offset = offset;
    this.#maxLineBytes = maxLineBytes;
  }

  /** How far the file was read. */
  get offset(): number {
    return this.#offset + this.#rest.length;
  }

  /** The next whole lines, at most `max`; none where the file has no further one now. */
  async read(max: number): Promise<readonly Line[]> {
    while (this.#lines.length === 0) {
      // Blocks grow with the line, so that a long one is not copied again and again.
      const block = Buffer.allocUnsafe(Math.max(BLOCK_BYTES, this.#rest.length));
      const { bytesRead } = await this.#file.read(block, 0, block.length, this.offset);
      if (bytesRead === 0) return [];
      this.#rest =
        this.#rest.length === 0
          ? block.subarray(0, bytesRead)
          : Buffer.concat([this.#rest, block.subarray(0, bytesRead)]);
      this.#split();
    }
    return this.#lines.splice(0, max);
  }

  /** What stands behind the last line end, as a line: the file is known to be complete. */
  takeRest(): Line | undefined {
    if (this.#rest.length === 0 && this.#long === undefined) return undefined;
    const line = this.#lineOf(this.#rest, this.offset);
    this.#offset = this.offset;
    this.#rest = Buffer.alloc(0);
    return line;
  }

  #split(): void {
    let from = 0;
    for (let to = this.#rest.indexOf(NEWLINE); to !== -1; to = this.#rest.indexOf(NEWLINE, from)) {
      const next = this.#offset + to + 1;
      this.#lines.push(this.#lineOf(this.#rest.subarray(from, to), next, this.#offset + from));
      from = to + 1;
    }
    this.#offset += from;
    this.#rest = this.#rest.subarray(from);
    if (this.#rest.length <= this.#maxLineBytes) return;
    this.#long ??= { offset: this.#offset, bytes: Buffer.from(this.#rest.subarray(0, EXCERPT_BYTES)) };
    this.#offset += this.#rest.length;
    this.#rest = Buffer.alloc(0);
  }

  #lineOf(bytes: Buffer, next: number, offset = this.#offset): Line {
    const long = this.#long;
    this.#long = undefined;
    if (long !== undefined) return { offset: long.offset, bytes: long.bytes, isTooLong: true, next };
    const isTooLong = bytes.length > this.#maxLineBytes;
    return { offset, bytes: isTooLong ? bytes.subarray(0, EXCERPT_BYTES) : bytes, isTooLong, next };
  }
}
