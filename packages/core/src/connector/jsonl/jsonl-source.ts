import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { pullSource } from '../pull-source.js';
import type { PullSplit } from '../pull-source.js';
import type { Source } from '../source.js';
import { FileUnreadableError } from './errors.js';
import { FollowedFile } from './followed-file.js';
import type { FollowOptions } from './followed-file.js';
import { DEFAULT_MAX_LINE_BYTES, LineParser } from './line-parser.js';
import type { LineOptions } from './line-parser.js';
import { LineReader } from './line-reader.js';

const CHUNK_RECORDS = 500;

/** Which files a `jsonlSource` reads, and how. */
export interface JsonlSourceOptions<T> extends LineOptions<T> {
  /** The file, or several: each is a split of its own, named by its path as given here. */
  readonly path: string | readonly string[];
  /**
   * Go on when the end is reached, as `tail -F` does: the file need not exist yet, and may be rotated. Only whole lines
   * are read. Without it the files are read as they are, once, and the source is bounded.
   * @default false
   */
  readonly follow?: boolean | FollowOptions;
}

/**
 * Reads files of one JSON value a line (NDJSON). A record's position is the number of bytes before its line, so that a
 * restart goes on in the middle of a file; lines keep their order. A last line without a line end counts in a bounded
 * read. Blank lines are left out.
 *
 * A followed file may be rotated by renaming (`x.log` becomes `x.log.1`, as logrotate does): the old file is read to
 * its end before the new one is begun, also where that happened while no job was running, as long as the old file is
 * still in the same folder. Positions then count the bytes of all of them, and a small file beside the followed one
 * says which began where. Lines cut off by truncation (logrotate's `copytruncate`) before they were read are lost.
 *
 * @throws FileUnreadableError from `open` for a file that cannot be read (unless it is followed); MalformedLineError
 */
export function jsonlSource<T = unknown>(options: JsonlSourceOptions<T>): Source<T> {
  const { follow = false } = options;
  const paths = typeof options.path === 'string' ? [options.path] : options.path;
  if (paths.length === 0 || paths.includes('')) throw new TypeError('jsonlSource: path names at least one file');
  return pullSource<T>({
    kind: 'jsonl',
    description: paths.join(', '),
    isBounded: follow === false,
    open: async ({ clock, logger }) => {
      if (follow === false) return Promise.all(paths.map((path) => BoundedFile.open(path, options)));
      const following = follow === true ? {} : follow;
      return paths.map((path) => new FollowedFile(path, options, following, clock, logger));
    },
  });
}

/** A file as it is: read to its end, once. */
class BoundedFile<T> implements PullSplit<T> {
  readonly id: string;
  readonly #file: FileHandle;
  readonly #parser: LineParser<T>;
  readonly #maxLineBytes: number;
  #reader: LineReader | undefined;

  private constructor(path: string, file: FileHandle, options: LineOptions<T>) {
    this.id = path;
    this.#file = file;
    this.#parser = new LineParser(path, options);
    this.#maxLineBytes = options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES;
  }

  static async open<T>(path: string, options: LineOptions<T>): Promise<BoundedFile<T>> {
    try {
      const file = await open(path, 'r');
      if ((await file.stat()).isFile()) return new BoundedFile(path, file, options);
      await file.close();
    } catch (error) {
      throw new FileUnreadableError(path, error);
    }
    throw new FileUnreadableError(path, new Error('it is no file'));
  }

  async pull(position: number): ReturnType<PullSplit<T>['pull']> {
    this.#reader ??= new LineReader(this.#file, position, this.#maxLineBytes);
    let lines = await this.#reader.read(CHUNK_RECORDS);
    if (lines.length === 0) {
      const rest = this.#reader.takeRest();
      if (rest === undefined) return 'end';
      lines = [rest];
    }
    return { records: this.#parser.parse(lines), nextPosition: lines[lines.length - 1]?.next ?? position };
  }

  async end(): Promise<number> {
    return (await stat(this.id)).size;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
