import { expect, test } from '@jest/globals';
import { SetupError } from '@millrace/core';

import { asSetupError } from './connect-error.js';
import type { RedisOptions } from './options.js';
import { resolveRedisOptions } from './options.js';

test.each<[string, Partial<RedisOptions>, string]>([
  ['a blank host', { host: ' ' }, 'redis option host is " ": it must be a host name or address'],
  ['a port that is none', { port: 0 }, 'redis option port is 0: it must be a whole number from 1 to 65535'],
  ['a negative database', { db: -1 }, 'redis option db is -1'],
  ['a slow reconnect', { maxReconnectDelayMs: 60_000 }, 'redis option maxReconnectDelayMs is 60000'],
  ['no time for an answer', { commandTimeoutMs: 0 }, 'redis option commandTimeoutMs is 0'],
  ['a user without a password', { username: 'ann' }, 'username is given without password'],
])('%s is refused', (_name, options, message) => {
  const resolve = (): unknown => resolveRedisOptions({ host: 'a', ...options });
  expect(resolve).toThrow(SetupError);
  expect(resolve).toThrow(message);
});

test.each([
  ['NOAUTH Authentication required.', 'ERR_REDIS_CREDENTIALS'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'ERR_REDIS_CREDENTIALS'],
  ['ERR invalid password', 'ERR_REDIS_CREDENTIALS'],
  ["NOPERM this user has no permissions to run the 'select' command", 'ERR_REDIS_PERMISSION'],
  ['ERR DB index is out of range', 'ERR_REDIS_DB'],
  ['LOADING Redis is loading the dataset in memory', undefined],
  ['connect ECONNREFUSED 127.0.0.1:6379', undefined],
])('%s at start is %s', (message, code) => {
  expect(asSetupError(new Error(message), 'redis:6379', 10)?.code).toBe(code);
});

test('a certificate that is not trusted is a set-up error', () => {
  const error = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(asSetupError(error, 'redis:6379', 0)?.code).toBe('ERR_REDIS_TLS');
});
