import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** A file of JSON lines that can be cut back to where it was at an earlier time. */
export class LineFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #bytes: number;

  private constructor(path: string, handle: FileHandle, bytes: number) {
    this.path = path;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /**
   * Opens the file, made where it is missing, and cuts off what is behind `bytes`.
   *
   * @throws the file system's error; RangeError where the file is shorter than that
   */
  static async open(path: string, bytes: number): Promise<LineFile> {
    // For reading and writing, neither truncated nor appended to: what was written before stays.
    const handle = await open(path, bytes === 0 ? 'w' : 'r+');
    try {
      const { size } = await handle.stat();
      if (size < bytes) throw new RangeError(`${path} has ${String(size)} bytes, ${String(bytes)} were written to it`);
      await handle.truncate(bytes);
      return new LineFile(path, handle, bytes);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Length of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  async append(lines: readonly object[]): Promise<void> {
    if (lines.length === 0) return;
    const text = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    for (let written = 0; written < text.length;) {
      const { bytesWritten } = await this.#handle.write(text, written, text.length - written, this.#bytes + written);
      written += bytesWritten;
    }
    this.#bytes += text.length;
  }

  /** Resolves when everything is on the disk. */
  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
