import { createHash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

const HEAD_BYTES = 64 * 1_024;
const NEWLINE = 0x0a;
/** Of a file that is rotated every hour, more than a week. */
const MAX_KEPT = 256;

/** One file in the succession of those that had the followed path. */
export interface Incarnation {
  /** Bytes in all files before it. */
  readonly start: number;
  /** The file's number in its file system. */
  readonly ino: number;
  /** Hash of its first line: a number alone may be used again for a new file. */
  readonly head: string;
}

/** Which file began at which position: kept beside the followed file, so that a restart finds its way. */
export class RotationRecord {
  readonly #path: string;
  #incarnations: readonly Incarnation[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads what is there; nothing where there is none. @throws what makes it unreadable */
  async load(): Promise<void> {
    try {
      this.#incarnations = (JSON.parse(await readFile(this.#path, 'utf8')) as { files: Incarnation[] }).files;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    }
  }

  /** The file that `position` lies in. */
  at(position: number): Incarnation | undefined {
    return this.#incarnations.findLast(({ start }) => start <= position);
  }

  /** The file behind the one that begins at `start`. */
  after(start: number): Incarnation | undefined {
    return this.#incarnations.find((each) => each.start > start);
  }

  has(identity: Omit<Incarnation, 'start'>): boolean {
    return this.#incarnations.some(({ ino, head }) => ino === identity.ino && head === identity.head);
  }

  /** Durable when it resolves: no record of the file is handed over before. */
  async add(incarnation: Incarnation): Promise<void> {
    const before = this.#incarnations.filter(({ start }) => start < incarnation.start);
    this.#incarnations = [...before, incarnation].slice(-MAX_KEPT);
    const temporary = `${this.#path}.tmp`;
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(`${JSON.stringify({ files: this.#incarnations })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path);
    await syncFolder(dirname(this.#path));
  }
}

/** What tells a file from others; undefined while its first line is not complete. */
export async function identityOf(file: FileHandle): Promise<Omit<Incarnation, 'start'> | undefined> {
  const buffer = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await file.read(buffer, 0, HEAD_BYTES, 0);
  const newline = buffer.subarray(0, bytesRead).indexOf(NEWLINE);
  if (newline === -1 && bytesRead < HEAD_BYTES) return undefined;
  const head = createHash('sha256').update(buffer.subarray(0, newline === -1 ? HEAD_BYTES : newline));
  return { ino: (await file.stat()).ino, head: head.digest('hex').slice(0, 32) };
}

/** Makes new names in the folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
