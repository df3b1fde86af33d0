import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { syncFolder } from './rotation-record.js';

const IN_PROGRESS = '.inprogress';
const NEWLINE = 0x0a;
const LOOK_BACK_BYTES = 64 * 1_024;

/** Files that this process is writing: what lies there besides them was left by one that has died. */
const beingWritten = new Set<string>();
/** Milliseconds in the name of the writer that was opened last: names of one process sort in the order of opening. */
let lastOpened = 0;

/** A part that is being written. */
export interface OpenPart {
  readonly file: FileHandle;
  readonly path: string;
  readonly name: string;
}

/**
 * The files of one sink in its folder: `part-<time>-<host>-<pid>-<random>-<number>.jsonl`, and with a dot before and
 * `.inprogress` behind while it is written.
 */
export class PartFiles {
  readonly #folder: string;
  readonly #prefix: string;
  readonly #host = hostname().replace(/[^A-Za-z0-9_]/g, '_');
  readonly #writer = randomBytes(4).toString('hex');
  readonly #opened: string;
  #number = 0;

  /** @param now wall-clock milliseconds */
  constructor(folder: string, prefix: string, now: number) {
    this.#folder = folder;
    this.#prefix = prefix;
    lastOpened = Math.max(lastOpened + 1, Math.round(now));
    this.#opened = new Date(lastOpened).toISOString().replace(/[-:.]/g, '');
  }

  /** Creates the folder, and finishes what processes of this machine left that have died. */
  async prepare(): Promise<readonly string[]> {
    await mkdir(this.#folder, { recursive: true });
    const recovered: string[] = [];
    for (const name of await readdir(this.#folder)) {
      if (!this.#isAbandoned(name)) continue;
      const final = name.slice(1, -IN_PROGRESS.length);
      if (await this.#recover(join(this.#folder, name), join(this.#folder, final))) recovered.push(final);
    }
    if (recovered.length > 0) await syncFolder(this.#folder);
    return recovered;
  }

  async begin(): Promise<OpenPart> {
    this.#number += 1;
    const id = [this.#opened, this.#host, process.pid, this.#writer, String(this.#number).padStart(6, '0')].join('-');
    const name = `${this.#prefix}-${id}.jsonl`;
    const path = join(this.#folder, `.${name}${IN_PROGRESS}`);
    const file = await open(path, 'wx');
    beingWritten.add(path);
    return { file, path, name };
  }

  /** Gives a part its final name; everything in it must be synced. An empty one is removed. */
  async finish(part: OpenPart, bytes: number): Promise<void> {
    try {
      await part.file.close();
      if (bytes === 0) await unlink(part.path);
      else await rename(part.path, join(this.#folder, part.name));
      await syncFolder(this.#folder);
    } finally {
      beingWritten.delete(part.path);
    }
  }

  /** Gives a part up as a crash would: it is finished by whoever opens the sink next. */
  async abandon(part: OpenPart): Promise<void> {
    beingWritten.delete(part.path);
    await part.file.close();
  }

  #isAbandoned(name: string): boolean {
    if (!name.startsWith(`.${this.#prefix}-`) || !name.endsWith(`.jsonl${IN_PROGRESS}`)) return false;
    const [, host, pid] = name.slice(this.#prefix.length + 2).split('-');
    if (host !== this.#host) return false; // its owner cannot be seen from here
    return Number(pid) === process.pid ? !beingWritten.has(join(this.#folder, name)) : !isAlive(Number(pid));
  }

  /** Cuts a half line off, and gives the file its final name. */
  async #recover(path: string, final: string): Promise<boolean> {
    let file: FileHandle;
    try {
      file = await open(path, 'r+');
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return false; // somebody else was quicker
      throw error;
    }
    let end: number;
    try {
      end = await endOfLines(file);
      await file.truncate(end);
      await file.sync();
    } finally {
      await file.close();
    }
    if (end === 0) await unlink(path);
    else await rename(path, final);
    return end > 0;
  }
}

/** Behind the last line end. */
async function endOfLines(file: FileHandle): Promise<number> {
  const buffer = Buffer.alloc(LOOK_BACK_BYTES);
  let { size: end } = await file.stat();
  while (end > 0) {
    const from = Math.max(0, end - LOOK_BACK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, end - from, from);
    const newline = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (newline !== -1) return from + newline + 1;
    end = from;
  }
  return 0;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}
