import { messageOf, MillraceError, SetupError } from '../../errors.js';

/** A line of a JSONL file is not what it should be: no JSON, no UTF-8, or longer than allowed. */
export class MalformedLineError extends MillraceError {
  readonly path: string;
  /** Bytes before the line in the file (of a followed file: in all that was written to it, rotations included). */
  readonly offset: number;
  /** The line's first bytes as text, for people. */
  readonly excerpt: string;

  constructor(path: string, offset: number, excerpt: string, cause: unknown) {
    super(
      'ERR_JSONL_MALFORMED',
      `${path}: the line at byte ${String(offset)} cannot be read: ${messageOf(cause)}; ` +
        'correct the line, or give the source an onMalformed',
      { cause },
    );
    this.path = path;
    this.offset = offset;
    this.excerpt = excerpt;
  }
}

/** The file to read does not exist or may not be read. */
export class FileUnreadableError extends SetupError {
  constructor(path: string, cause: unknown) {
    super('ERR_FILE_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** Lines could not be written; they are written again when the job attempt restarts. */
export class FileWriteError extends MillraceError {
  constructor(path: string, cause: unknown) {
    super('ERR_FILE_WRITE', `writing to ${path} failed: ${messageOf(cause)}`, { cause });
  }
}
