import { expect, test } from '@jest/globals';
import { SetupError } from '@millrace/core';

import { classifyRedisError } from './classify.js';
import { RedisCommandError, RedisUnavailableError, RedisValueError, RedisWrongTypeError } from './errors.js';
import { replyError } from './test-support/fake-redis.js';

test.each([
  new RedisWrongTypeError('SMEMBERS', 'k', replyError('WRONGTYPE Operation')),
  new RedisValueError('redis key', '\ud800'),
  replyError('WRONGTYPE Operation against a key holding the wrong kind of value'),
])('$name ($message) is the event’s', (error) => {
  expect(classifyRedisError(error)).toBe('event');
});

test.each(
  [
    'LOADING',
    'OOM',
    'READONLY',
    'NOPERM',
    'NOAUTH',
    'MASTERDOWN',
    'CLUSTERDOWN',
    'MOVED',
    'BUSY',
    'EXECABORT',
    'MISCONF',
    'ERR',
    'TRYAGAIN',
    'NOREPLICAS',
  ].flatMap((code) => [
    replyError(`${code} text`),
    new RedisCommandError('SMEMBERS', 'k', replyError(`${code} WRONGTYPE`)),
  ]),
)('$name $message is infrastructure', (error) => {
  expect(classifyRedisError(error)).toBe('infrastructure');
});

test.each([
  new RedisUnavailableError('redis:6379', new Error('WRONGTYPE is not what this says')),
  new Error('WRONGTYPE but not from Redis'),
  new Error('Connection is closed.'),
  new SetupError('ERR_REDIS_DB', 'x'),
  undefined,
  null,
  'WRONGTYPE',
])('%s is infrastructure', (error) => {
  expect(classifyRedisError(error)).toBe('infrastructure');
});
