import type { SourceRecord } from '../source.js';
import { MalformedLineError } from './errors.js';
import type { Line } from './line-reader.js';

const EXCERPT_CHARACTERS = 200;

/** How lines become elements. */
export interface LineOptions<T> {
  /** Makes an element of a line's text; what it throws makes the line malformed. @default JSON.parse */
  readonly parse?: (text: string) => T;
  /**
   * Called with a line that is malformed: give back an element to go on with (one that says so, for a side output), or
   * undefined to leave the line out.
   * @default the error fails the job attempt
   */
  readonly onMalformed?: (error: MalformedLineError) => T | undefined;
  /** Bytes that a line may have; a longer one is malformed and is never in memory. @default 16 MiB */
  readonly maxLineBytes?: number;
}

export const DEFAULT_MAX_LINE_BYTES = 16 * 2 ** 20;

/** Makes elements of lines. Blank lines are none. */
export class LineParser<T> {
  readonly #path: string;
  readonly #options: LineOptions<T>;
  readonly #strict = new TextDecoder('utf-8', { fatal: true });

  constructor(path: string, options: LineOptions<T>) {
    this.#path = path;
    this.#options = options;
  }

  /**
   * @param base what is added to offsets in the file to make positions
   * @throws MalformedLineError where no `onMalformed` was given; what `onMalformed` throws
   */
  parse(lines: readonly Line[], base = 0): SourceRecord<T>[] {
    const records: SourceRecord<T>[] = [];
    for (const line of lines) {
      const value = this.#valueOf(line, base);
      if (value === undefined) continue;
      records.push({ value, position: base + line.offset, timestamp: undefined, bytes: line.bytes.length });
    }
    return records;
  }

  #valueOf(line: Line, base: number): T | undefined {
    const { parse = JSON.parse as (text: string) => T, onMalformed } = this.#options;
    try {
      if (line.isTooLong) throw new Error('it is longer than maxLineBytes');
      const text = this.#strict.decode(line.bytes);
      return text.trim() === '' ? undefined : parse(text);
    } catch (cause) {
      const excerpt = new TextDecoder()
        .decode(line.bytes.subarray(0, 4 * EXCERPT_CHARACTERS))
        .slice(0, EXCERPT_CHARACTERS);
      const error = new MalformedLineError(this.#path, base + line.offset, excerpt, cause);
      if (onMalformed === undefined) throw error;
      return onMalformed(error);
    }
  }
}
