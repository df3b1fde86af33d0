import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { sleep } from '../../clock.js';
import type { Clock } from '../../clock.js';
import type { Logger } from '../../logger.js';
import type { PullSplit } from '../pull-source.js';
import type { SourceChunk } from '../source.js';
import { FileSuccession } from './file-succession.js';
import { DEFAULT_MAX_LINE_BYTES, LineParser } from './line-parser.js';
import type { LineOptions } from './line-parser.js';
import { LineReader } from './line-reader.js';

const CHUNK_RECORDS = 500;

/** How a file is followed. */
export interface FollowOptions {
  /** Milliseconds between two looks for more. Larger: later records, less work. @default 200 */
  readonly pollMs?: number;
  /**
   * File that says which of the rotated files began at which position. Lost, the followed file is taken for the one that
   * was being read.
   * @default the followed path with `.millrace` behind it
   */
  readonly rotationRecord?: string;
}

interface Current {
  readonly file: FileHandle;
  readonly reader: LineReader;
  /** Position of the file's first byte. */
  readonly start: number;
  isRecorded: boolean;
}

/** A file that is written to and rotated while it is read. Positions count the bytes of all files that had the path. */
export class FollowedFile<T> implements PullSplit<T> {
  readonly id: string;
  readonly #parser: LineParser<T>;
  readonly #maxLineBytes: number;
  readonly #pollMs: number;
  readonly #clock: Clock;
  readonly #succession: FileSuccession;
  #current: Current | undefined;

  constructor(path: string, options: LineOptions<T>, follow: FollowOptions, clock: Clock, logger: Logger) {
    this.id = path;
    this.#parser = new LineParser(path, options);
    this.#maxLineBytes = options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES;
    this.#pollMs = follow.pollMs ?? 200;
    this.#clock = clock;
    this.#succession = new FileSuccession(path, follow.rotationRecord ?? `${path}.millrace`, logger);
  }

  async pull(position: number, signal: AbortSignal): Promise<SourceChunk<T>> {
    for (;;) {
      signal.throwIfAborted();
      const current = (this.#current ??= await this.#openAt(position));
      const chunk = current === undefined ? undefined : await this.#read(current);
      if (chunk !== undefined) return chunk;
      if (current === undefined || !(await this.#hasSuccessor(current))) {
        await sleep(this.#clock, this.#pollMs, signal);
        continue;
      }
      // Whoever renamed the file may have written to it up to then.
      const last = (await this.#read(current)) ?? (await this.#readRest(current));
      if (last !== undefined) return last;
      this.#current = undefined;
      await current.file.close();
      const next = await this.#succession.after(current.start, current.start + current.reader.offset);
      if (next !== undefined) this.#current = await this.#begin(next.path, next.start, next.start);
    }
  }

  async end(position: number): Promise<number> {
    return await this.#succession.end(position);
  }

  async close(): Promise<void> {
    await this.#current?.file.close();
    this.#current = undefined;
  }

  async #openAt(position: number): Promise<Current | undefined> {
    const found = await this.#succession.at(position);
    return found === undefined ? undefined : await this.#begin(found.path, found.start, position);
  }

  /** Undefined where the file was renamed meanwhile: it is looked for again. */
  async #begin(path: string, start: number, position: number): Promise<Current | undefined> {
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
      throw error;
    }
    const reader = new LineReader(file, position - start, this.#maxLineBytes);
    return { file, reader, start, isRecorded: false };
  }

  async #read(current: Current): Promise<SourceChunk<T> | undefined> {
    const lines = await current.reader.read(CHUNK_RECORDS);
    const last = lines[lines.length - 1];
    if (last === undefined) return undefined;
    if (!current.isRecorded) await this.#succession.record(current.file, current.start);
    current.isRecorded = true;
    return { records: this.#parser.parse(lines, current.start), nextPosition: current.start + last.next };
  }

  /** A line without an end in a file that nobody writes to any more. */
  async #readRest(current: Current): Promise<SourceChunk<T> | undefined> {
    const rest = current.reader.takeRest();
    if (rest === undefined) return undefined;
    if (!current.isRecorded) await this.#succession.record(current.file, current.start);
    current.isRecorded = true;
    return { records: this.#parser.parse([rest], current.start), nextPosition: current.start + rest.next };
  }

  /** Whether the path has another file now, or this one was cut off. */
  async #hasSuccessor(current: Current): Promise<boolean> {
    const { ino, size } = await current.file.stat();
    if (size < current.reader.offset) return true;
    const now = await this.#succession.statOfPath();
    if (now === undefined || now.ino === ino) return false;
    // Where the new one is empty, whoever writes may not have gone over to it yet.
    if (now.size > 0) return true;
    const next = await this.#succession.after(current.start, current.start + current.reader.offset);
    return next !== undefined && next.path !== this.id;
  }
}
