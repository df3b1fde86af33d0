import { SetupError } from '@millrace/core';

/** The file by which a scan goes on does not fit. */
export class ResumeFileError extends SetupError {
  constructor(path: string, reason: string) {
    super('ERR_RESUME_FILE', `${path} ${reason}: remove it to begin anew, or name another file`);
  }
}

/** The file of the lines is not the one that the scan wrote to before it was interrupted. */
export class OutFileError extends SetupError {
  constructor(path: string, resume: string, cause: unknown) {
    super(
      'ERR_OUT_FILE',
      `${path} is not as the interrupted scan left it (missing or shorter): remove ${resume} to begin anew`,
      { cause },
    );
  }
}
