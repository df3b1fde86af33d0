import type { ErrorKind } from '@millrace/core';

import { RedisValueError, RedisWrongTypeError, replyCode } from './errors.js';

/**
 * Who is to blame for an error of this package (or of the client behind it): `event` where one key's content or one
 * element's value is (WRONGTYPE, text that has no UTF-8 form), `infrastructure` for everything else, the unknown
 * included. Sending an element to a failed topic is final; retrying it is not, so doubt is decided for a retry.
 */
export function classifyRedisError(error: unknown): ErrorKind {
  if (error instanceof RedisWrongTypeError || error instanceof RedisValueError) return 'event';
  if (error instanceof Error && error.name === 'ReplyError' && replyCode(error.message) === 'WRONGTYPE') return 'event';
  return 'infrastructure';
}
