/** How the command ends. */
export const ExitCode = {
  /** Done, or stopped by a signal after a clean drain. */
  Done: 0,
  /** The job failed: restarts used up, lost state, input that was gone before it was read, a bug. */
  Failed: 1,
  /** Wrong usage or configuration, a bad data set, a missing topic or table, refused credentials, a folder in use. */
  Wrong: 2,
  /** Stopped with work undone: a second signal, or the stop took too long. */
  Stopped: 3,
  /** A service could not be reached within `startup.timeout`, or was lost in the middle of a command. */
  Unavailable: 69,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Worst first: what several processes end with together. */
const WORST: readonly ExitCode[] = [ExitCode.Failed, ExitCode.Wrong, ExitCode.Unavailable, ExitCode.Stopped];

export function worstOf(codes: readonly number[]): ExitCode {
  for (const code of WORST) if (codes.includes(code)) return code;
  return codes.every((code) => code === 0) ? ExitCode.Done : ExitCode.Failed;
}

const BY_CLASS: Readonly<Record<string, ExitCode>> = {
  SetupError: ExitCode.Wrong,
  GraphValidationError: ExitCode.Wrong,
  UsageError: ExitCode.Wrong,
  ConfigError: ExitCode.Wrong,
  JobNotFoundError: ExitCode.Wrong,
  ServiceLostError: ExitCode.Unavailable,
  ServiceUnavailableError: ExitCode.Unavailable,
  StoppedError: ExitCode.Stopped,
  JobFailedError: ExitCode.Failed,
  SavepointFailedError: ExitCode.Failed,
  RecordsMissedError: ExitCode.Failed,
};

const WRONG_PATH = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'EACCES', 'EPERM', 'EROFS', 'ENAMETOOLONG']);

/** A file or folder that somebody named cannot be used. */
function isWrongPath(error: Error): boolean {
  const { code, path } = error as NodeJS.ErrnoException;
  return code !== undefined && WRONG_PATH.has(code) && typeof path === 'string';
}

/**
 * The code of an error that was to be expected, undefined for a bug. Classes are compared by name: a job's package can
 * come with its own copy of @millrace/core.
 */
export function exitCodeOf(error: unknown): ExitCode | undefined {
  if (!(error instanceof Error)) return undefined;
  if (isWrongPath(error)) return ExitCode.Wrong;
  for (let type: unknown = error.constructor; typeof type === 'function'; type = Object.getPrototypeOf(type)) {
    const code = BY_CLASS[type.name];
    if (code !== undefined) return code;
  }
  return undefined;
}
