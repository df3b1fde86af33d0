import { SetupError } from '@millrace/core';

/** A line of a data set is not what it must be; nothing was written. The command ends with exit code 2. */
export class DatasetError extends SetupError {
  readonly file: string;
  /** From 1; undefined where the file as a whole is meant. */
  readonly line: number | undefined;
  readonly reason: string;

  constructor(file: string, line: number | undefined, reason: string) {
    super('ERR_DATASET', `${file}${line === undefined ? '' : `, line ${String(line)}`}: ${reason}; nothing was loaded`);
    this.file = file;
    this.line = line;
    this.reason = reason;
  }
}
