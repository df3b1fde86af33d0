import { MillraceError } from '@millrace/core';

/** The command line cannot be understood. Exit code 2. */
export class UsageError extends MillraceError {
  constructor(message: string, cause?: unknown) {
    super('ERR_USAGE', message, cause === undefined ? undefined : { cause });
  }
}

/** The configuration cannot be used; one line for each problem, without secrets. Exit code 2. */
export class ConfigError extends MillraceError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], cause?: unknown) {
    super('ERR_CONFIG', problems.join('\n'), cause === undefined ? undefined : { cause });
    this.problems = problems;
  }
}

/** The job that was named cannot be found or is no job. Exit code 2. */
export class JobNotFoundError extends MillraceError {
  constructor(message: string, cause?: unknown) {
    super('ERR_JOB_NOT_FOUND', message, cause === undefined ? undefined : { cause });
  }
}

/** The command ended before its work was done: a second signal, or the stop took too long. Exit code 3. */
export class StoppedError extends MillraceError {
  constructor(message: string) {
    super('ERR_STOPPED', message);
  }
}

/** A process that was asked could not write its part of a savepoint. Exit code 1. */
export class SavepointFailedError extends MillraceError {
  constructor(url: string, reason: string) {
    super('ERR_SAVEPOINT_FAILED', `the process at ${url} did not write its part: ${reason}`);
  }
}

/** A bounded run is through, and part of its input was gone before it could be read. Exit code 1. */
export class RecordsMissedError extends MillraceError {
  constructor(missed: number) {
    super(
      'ERR_RECORDS_MISSED',
      `${String(missed)} records of the input were deleted (retention) before they were read; all others are processed and ` +
        'committed. The log names the partitions and offsets. Keep the input for longer than the job may stand still',
    );
  }
}
