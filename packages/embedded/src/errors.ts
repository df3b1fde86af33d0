import { statfsSync } from 'node:fs';
import { messageOf, MillraceError, SetupError } from '@millrace/core';

/** Another process (or another store in this one) has the folder open. */
export class StoreInUseError extends SetupError {
  constructor(directory: string, pid: number | undefined) {
    const owner =
      pid === undefined ? 'another process' : pid === process.pid ? 'this very process' : `process ${String(pid)}`;
    super(
      'ERR_EMBEDDED_IN_USE',
      `${directory} is in use by ${owner}: an embedded store belongs to one process at a time; stop it or name another folder`,
    );
  }
}

/** The folder cannot be created, read or written. */
export class StoreDirectoryError extends SetupError {
  constructor(directory: string, cause: unknown) {
    super('ERR_EMBEDDED_DIRECTORY', `${directory} cannot be used as a data folder: ${messageOf(cause)}`, { cause });
  }
}

/** The data file is no data file of this package, or cannot be read any more. */
export class StoreDamagedError extends SetupError {
  constructor(path: string, what: string, cause?: unknown) {
    super(
      'ERR_EMBEDDED_DAMAGED',
      `${path} is damaged or no Millrace data file: ${what}; restore it from a copy, or name an empty folder and load again`,
      cause === undefined ? undefined : { cause },
    );
  }
}

/**
 * Says of an error that LMDB threw while a store was opened whose fault it is: the system's (its codes are positive
 * numbers or names such as EACCES: no space, no memory, no permission) or the file's (LMDB's own are negative).
 */
export function openErrorOf(directory: string, path: string, error: unknown): SetupError {
  if (error instanceof SetupError) return error;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' || (typeof code === 'number' && code > 0))
    return new StoreDirectoryError(directory, error);
  return new StoreDamagedError(path, messageOf(error), error);
}

/** The folder was written by a version of this package that this one does not understand. */
export class StoreFormatError extends SetupError {
  constructor(directory: string, found: string, expected: string) {
    super(
      'ERR_EMBEDDED_FORMAT',
      `${directory} has storage format ${found}, this version of Millrace reads ${expected}`,
    );
  }
}

/** The table exists with other keys or with a column of another kind. */
export class TableSchemaError extends SetupError {
  constructor(table: string, what: string) {
    super('ERR_EMBEDDED_SCHEMA', `table ${table}: ${what}`);
  }
}

/** The topic does not exist. */
export class TopicMissingError extends SetupError {
  constructor(topic: string, directory: string) {
    super(
      'ERR_TOPIC_MISSING',
      `topic ${JSON.stringify(topic)} does not exist in ${directory}: load a data set or create the topic first`,
    );
  }
}

/** Topics that are to be read together partition by partition have different numbers of them. */
export class CoPartitionError extends SetupError {
  constructor(counts: ReadonlyMap<string, number>) {
    const each = [...counts].map(([topic, count]) => `${JSON.stringify(topic)} has ${String(count)}`);
    super(
      'ERR_CO_PARTITION',
      `topics that are read by one source must have the same number of partitions: ${each.join(', ')}; ` +
        'load them anew with the same number, or repartition one',
    );
  }
}

/** A topic cannot have this name or this many partitions. */
export class TopicInvalidError extends SetupError {
  constructor(topic: string, what: string) {
    super('ERR_TOPIC_INVALID', `topic ${JSON.stringify(topic)}: ${what}`);
  }
}

/** A record cannot be stored as it is; other records of the call were not stored either. */
export class RecordInvalidError extends MillraceError {
  constructor(topic: string, what: string) {
    super('ERR_RECORD_INVALID', `topic ${topic}: ${what}`);
  }
}

/** A key of a table or a set is too long, no well-formed Unicode, or has the wrong number of columns. */
export class KeyInvalidError extends MillraceError {
  constructor(where: string, what: string) {
    super('ERR_EMBEDDED_KEY', `${where}: ${what}`);
  }
}

/** A value does not fit its column. Nothing of the call was written. */
export class ValueInvalidError extends MillraceError {
  constructor(where: string, what: string) {
    super('ERR_EMBEDDED_VALUE', `${where}: ${what}`);
  }
}

/** A commit failed (disk full, map full, disk error): nothing of the transaction was written. */
export class StoreWriteError extends MillraceError {
  constructor(directory: string, cause: unknown) {
    const why = isFull(directory) ? 'no space is left on the disk; make room' : messageOf(cause);
    super('ERR_EMBEDDED_WRITE', `writing to ${directory} failed: ${why}`, { cause });
  }
}

/** LMDB calls a full disk an input/output error. */
function isFull(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize < 65_536;
  } catch {
    return false;
  }
}

/** The store was used after `close`. */
export class StoreClosedError extends MillraceError {
  constructor(directory: string) {
    super('ERR_EMBEDDED_CLOSED', `${directory} was closed`);
  }
}
