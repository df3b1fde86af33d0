import { describe, expect, test } from '@jest/globals';
import { CassandraQueryError, CassandraValueError } from '@millrace/cassandra';
import { OperatorTimeoutError, SetupError } from '@millrace/core';
import { KeyInvalidError, StoreWriteError, ValueInvalidError } from '@millrace/embedded';
import { RedisUnavailableError, RedisWrongTypeError } from '@millrace/redis';
import { NotConnectedError } from '../platform/errors.js';
import { classifyEmbeddedError } from './classify-embedded-error.js';
import { classifyServiceError } from './classify-service-error.js';
import { StoreDataError } from './errors.js';

/** The classifier of the platform that such an error can come from. */
function classify(error: unknown): string {
  const isEmbedded = error instanceof KeyInvalidError || error instanceof ValueInvalidError;
  return (isEmbedded ? classifyEmbeddedError : classifyServiceError)(error);
}

describe('storeErrorClassifier', () => {
  test.each<[string, unknown]>([
    ['a column of the wrong type', new StoreDataError('t.c', 'is not a text')],
    ['a set of the wrong type', new RedisWrongTypeError('SMEMBERS', 'k', new Error('WRONGTYPE'))],
    ['a value that cannot be bound', new CassandraValueError('parameter 1', 'is bad')],
    ['a statement that the value broke', new CassandraQueryError('event', 's', new Error('x'))],
    ['an embedded key that is too long', new KeyInvalidError('t', 'too long')],
    ['an embedded value that does not fit', new ValueInvalidError('t', 'bad')],
    ['an exception in the computation', new TypeError('x is undefined')],
    [
      'one with a code of Node that names no system call',
      Object.assign(new TypeError('x'), { code: 'ERR_INVALID_ARG_TYPE' }),
    ],
    ['something else that was thrown', 'text'],
    ['nothing', undefined],
  ])('%s is of the event', (_name, error) => {
    expect(classify(error)).toBe('event');
  });

  test.each<[string, unknown]>([
    ['Cassandra that is away', new CassandraQueryError('infrastructure', 's', new Error('no host'))],
    ['Redis that is away', new RedisUnavailableError('h:1', new Error('closed'))],
    ['a full disk', new StoreWriteError('dir', new Error('ENOSPC'))],
    ['a timeout', new OperatorTimeoutError('persist', 5)],
    ['a set-up that is wrong', new SetupError('ERR_X', 'no table')],
    ['a broken connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })],
    ['stores that are not there', new NotConnectedError('the job')],
  ])('%s is of the infrastructure', (_name, error) => {
    expect(classify(error)).toBe('infrastructure');
  });
});
