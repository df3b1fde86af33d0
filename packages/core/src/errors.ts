import { types } from 'node:util';

/** Base of every error that a Millrace package throws on purpose. `code` is stable; the message is for people. */
export class MillraceError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The graph cannot be run; the message lists everything that is wrong with it. */
export class GraphValidationError extends MillraceError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('ERR_GRAPH_INVALID', `the graph cannot run:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** An operator's work did not end within its timeout, retries included. */
export class OperatorTimeoutError extends MillraceError {
  constructor(operator: string, timeoutMs: number) {
    super('ERR_OPERATOR_TIMEOUT', `${operator}: no result within ${String(timeoutMs)} ms (retries included)`);
  }
}

/** A user function threw, or an infrastructure error outlived its retries; the job attempt fails. */
export class OperatorFailure extends MillraceError {
  constructor(operator: string, cause: unknown) {
    super('ERR_OPERATOR_FAILED', `${operator}: ${messageOf(cause)}`, { cause });
  }
}

/** A checkpoint did not complete. */
export class CheckpointError extends MillraceError {
  constructor(message: string, cause?: unknown) {
    super('ERR_CHECKPOINT', message, cause === undefined ? undefined : { cause });
  }
}

/** The job failed for good: the restart strategy allows no further attempt. */
export class JobFailedError extends MillraceError {
  constructor(jobName: string, cause: unknown) {
    super('ERR_JOB_FAILED', `${jobName} failed: ${messageOf(cause)}`, { cause });
  }
}

/** Text for anything that can be thrown: undefined, strings, and objects that cannot be turned into text included. */
export function messageOf(error: unknown): string {
  try {
    // isNativeError too: Node's own errors are of another realm under jest and in vm contexts.
    if (error instanceof Error || types.isNativeError(error)) return error.message === '' ? error.name : error.message;
    return typeof error === 'string' ? error : `non-error thrown: ${String(error)}`;
  } catch {
    return 'non-error thrown: an object that cannot be turned into text';
  }
}

/**
 * The world is not as the job needs it, and trying again is useless: a missing topic, table or column, refused
 * credentials, a data folder in use by another process. The runner ends with exit code 2 and prints the message alone.
 */
export class SetupError extends MillraceError {}

/**
 * A checkpoint holds state of operators that the graph does not have (any more): a changed or missing uid. Starting
 * would throw that state away, so the job does not, unless `allowNonRestoredState` is set (Flink's option of that name).
 */
export class UnclaimedStateError extends SetupError {
  constructor(split: string, operators: readonly string[]) {
    super(
      'ERR_STATE_UNCLAIMED',
      `the checkpoint of ${split} holds state of ${operators.join(', ')}, which the graph does not have: give the ` +
        'operators their old uids again, or set allowNonRestoredState to drop that state',
    );
  }
}

/**
 * What a checkpoint holds of a state is not what the operator asks for: another kind, serializer or version, or a time to
 * live turned on or off. The job does not start, since it would read the state wrongly or lose it.
 */
export class StateMigrationError extends SetupError {
  /** uid of the operator. */
  readonly operator: string;
  readonly state: string;
  readonly stored: string;
  readonly expected: string;

  constructor(operator: string, state: string, stored: string, expected: string) {
    super(
      'ERR_STATE_MIGRATION',
      `the state ${state} of ${operator} was stored with ${stored}, and the operator expects ${expected}: ask for it as ` +
        'it was, give its serializer a migrate function that reads the stored version, or use a new name for a new state',
    );
    this.operator = operator;
    this.state = state;
    this.stored = stored;
    this.expected = expected;
  }
}

/** A checkpoint was refused because a later claim on the same split exists: this owner is not the owner any more. */
export class StateFencedError extends MillraceError {
  constructor(split: string) {
    super('ERR_STATE_FENCED', `the state of ${split} belongs to a later owner; what this one wrote was refused`);
  }
}

/** Something about a savepoint is not as it must be; nothing was begun with it. */
export class SavepointError extends SetupError {
  constructor(message: string, cause?: unknown) {
    super('ERR_SAVEPOINT', message, cause === undefined ? undefined : { cause });
  }
}

/**
 * A service that had been reached gave no answer, or none that can be used, to work that does not wait for its return. The
 * runner ends with exit code 69.
 */
export class ServiceLostError extends MillraceError {
  constructor(cause: unknown) {
    super('ERR_SERVICE_LOST', `lost a service in the middle of the work: ${messageOf(cause)}`, { cause });
  }
}

/** A service could not be reached in the time allowed for starting. The runner ends with exit code 69. */
export class ServiceUnavailableError extends MillraceError {
  /** `host:port`, or several with commas. */
  readonly address: string;

  constructor(service: string, address: string, waitedMs: number, cause?: unknown) {
    const reason = cause === undefined ? '' : `: ${messageOf(cause)}`;
    super(
      'ERR_SERVICE_UNAVAILABLE',
      `${service} at ${address} could not be reached within ${String(waitedMs / 1000)} s${reason}`,
      { cause },
    );
    this.address = address;
  }
}
