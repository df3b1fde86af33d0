import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

const BLOCK = 262_144;

/** A new file of JSON lines, written block by block. An existing one is replaced. */
export class LineFile {
  readonly #path: string;
  #file: FileHandle | undefined;
  #block: string[] = [];
  #size = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async add(row: object): Promise<void> {
    const line = JSON.stringify(row);
    this.#block.push(line);
    this.#size += line.length;
    if (this.#size >= BLOCK) await this.#flush();
  }

  /** Also makes the file where it has no lines. */
  async close(): Promise<void> {
    await this.#flush();
    await this.#file?.close();
  }

  async #flush(): Promise<void> {
    const text = this.#block.map((line) => `${line}\n`).join('');
    this.#block = [];
    this.#size = 0;
    this.#file ??= await open(this.#path, 'w');
    await this.#file.write(text);
  }
}
