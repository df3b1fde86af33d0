import { messageOf, MillraceError } from '@millrace/core';

/** Redis answered a command with an error other than WRONGTYPE: NOPERM, OOM, READONLY, LOADING and the like. */
export class RedisCommandError extends MillraceError {
  /** First word of Redis's answer: `NOPERM`, `OOM`, `READONLY`, `LOADING`, `ERR`... */
  readonly reply: string;
  readonly key: string | undefined;

  constructor(command: string, key: string | undefined, cause: Error) {
    super('ERR_REDIS_COMMAND', `redis refused ${describe(command, key)}: ${cause.message}`, { cause });
    this.reply = replyCode(cause.message);
    this.key = key;
  }
}

/** A key holds another type than the command works on. The key's content is to blame, not Redis. */
export class RedisWrongTypeError extends MillraceError {
  readonly key: string;

  constructor(command: string, key: string, cause: Error) {
    super(
      'ERR_REDIS_WRONG_TYPE',
      `redis key ${JSON.stringify(key)} does not hold a set (${command} answered WRONGTYPE): delete the key or write it again`,
      { cause },
    );
    this.key = key;
  }
}

/** A key or member that cannot be sent without changing it: text with a lone surrogate has no UTF-8 form. */
export class RedisValueError extends MillraceError {
  constructor(what: string, value: string) {
    super(
      'ERR_REDIS_VALUE',
      `${what} ${JSON.stringify(value)} is not well-formed Unicode: it would become another text in Redis`,
    );
  }
}

/** No answer: the connection is down, was lost, was closed, or nothing came back in time. */
export class RedisUnavailableError extends MillraceError {
  /** `host:port`. */
  readonly address: string;

  constructor(address: string, cause: unknown) {
    super('ERR_REDIS_UNAVAILABLE', `redis at ${address} did not answer: ${messageOf(cause)}`, { cause });
    this.address = address;
  }
}

/** State could not be read or written for as long as that is tried. Nothing of a write was done, or all of it. */
export class RedisStateError extends MillraceError {
  readonly key: string | undefined;

  constructor(what: string, key: string | undefined, triedMs: number, cause: RedisUnavailableError) {
    super(
      'ERR_REDIS_STATE',
      `${describe(what, key)} got no answer for ${String(triedMs / 1000)} s, trying all the time: ${cause.message}`,
      { cause },
    );
    this.key = key;
  }
}

/** The state in Redis is not what this backend left there: something else changed or removed it. */
export class RedisStateDamagedError extends MillraceError {
  readonly key: string;

  constructor(key: string, what: string) {
    super(
      'ERR_REDIS_STATE_DAMAGED',
      `the state under redis key ${JSON.stringify(key)} cannot be used: ${what}; ` +
        'check that nothing else writes to these keys and that Redis evicts none (maxmemory-policy noeviction)',
    );
    this.key = key;
  }
}

/** First word of an error reply (`WRONGTYPE Operation against...` -> `WRONGTYPE`); empty for other texts. */
export function replyCode(message: string): string {
  return /^[A-Z][A-Z0-9]*(?= |$)/.exec(message)?.[0] ?? '';
}

function describe(command: string, key: string | undefined): string {
  return key === undefined ? command : `${command} of key ${JSON.stringify(key)}`;
}
