import { MillraceError, SetupError } from '@millrace/core';

/** The job was used before it was connected, or after it was closed. */
export class NotConnectedError extends MillraceError {
  constructor(what: string) {
    super('ERR_NOT_CONNECTED', `${what} is not connected`);
  }
}

/** Several things are missing at once; the message is one line with all of them. */
export class SeveralProblemsError extends SetupError {
  constructor(problems: readonly SetupError[]) {
    super('ERR_SETUP', problems.map((problem) => problem.message).join('; '));
  }
}

/** A certificate or key file cannot be used. */
export class TlsFileError extends SetupError {
  constructor(variable: string, file: string, reason: string) {
    super('ERR_TLS_FILE', `${variable} is ${JSON.stringify(file)}, which ${reason}`);
  }
}

/** There is no embedded store to read from. */
export class NoEmbeddedStoreError extends SetupError {
  constructor(directory: string) {
    super('ERR_NO_EMBEDDED_STORE', `${directory} is not there: load a data set into it first`);
  }
}

/** Topics that the job needs are not in the embedded store. */
export class MissingTopicsError extends SetupError {
  constructor(topics: readonly string[], directory: string) {
    const names = topics.join(', ');
    super(
      'ERR_TOPIC_MISSING',
      `topic${topics.length === 1 ? '' : 's'} ${names} missing in ${directory}: load a data set, which creates them`,
    );
  }
}

/** Of two variables that belong together only one is set. */
export class CredentialsError extends SetupError {
  constructor(one: string, other: string) {
    super('ERR_CREDENTIALS', `${one} and ${other} belong together: set both or neither`);
  }
}
