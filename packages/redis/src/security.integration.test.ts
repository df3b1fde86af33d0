import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

import { describe, expect, test } from '@jest/globals';
import { ServiceUnavailableError, SetupError } from '@millrace/core';
import { describeWithServices } from '@millrace/testing';

import { RedisConnection } from './connection.js';
import type { RedisOptions } from './options.js';
import { RedisSets } from './sets.js';

const PASSWORD = 'pass-of-ann-1';
const WRONG = 'wrong-pass-2';

describeWithServices(
  ['redis'],
  'a server with an ACL user and TLS',
  (services) => {
    const pem = (name: 'ca' | 'otherCa'): string => readFileSync(services.redis.certificates![name], 'utf8');
    const options = (more: Partial<RedisOptions> = {}): RedisOptions => ({
      host: services.redis.host,
      port: services.redis.port,
      db: 3,
      username: 'ann',
      password: PASSWORD,
      tls: { ca: pem('ca') },
      ...more,
    });
    async function refusal(more: RedisOptions, timeoutMs = 20_000): Promise<Error> {
      const connection = new RedisConnection(more);
      try {
        await connection.connect({ timeoutMs });
      } catch (error) {
        return error as Error;
      } finally {
        await connection.close();
      }
      throw new Error('it connected');
    }
    function expectNoPassword(error: unknown): void {
      for (const password of [PASSWORD, WRONG]) expect(inspect(error, { depth: 9 })).not.toContain(password);
    }
    function expectLine(error: Error, code: string, text: RegExp): void {
      expect(error).toBeInstanceOf(SetupError);
      expect(error).toMatchObject({ code });
      expect(error.message).toMatch(text);
      expect(error.message).not.toContain('\n');
      expectNoPassword(error);
    }

    test('the right password and a trusted certificate: sets are read', async () => {
      const connection = new RedisConnection(options());
      await connection.connect({ timeoutMs: 20_000 });
      const sets = new RedisSets(connection);
      await sets.checkReadable('course:1');
      expect(await sets.membersTogether([['a', 'b']])).toEqual([[new Set(), new Set()]]);
      // The rules allow reading alone.
      const denied: unknown = await sets.replace('a', ['1']).catch((error: unknown) => error);
      expect(denied).toMatchObject({ code: 'ERR_REDIS_COMMAND', reply: 'NOPERM' });
      await connection.close();
    }, 40_000);

    test('by name: the name is checked', async () => {
      const connection = new RedisConnection(options({ host: 'localhost' }));
      await connection.connect({ timeoutMs: 20_000 });
      await connection.close();
    }, 40_000);

    describe('one line, without the password, at once', () => {
      test('a wrong password', async () => {
        const error = await refusal(options({ password: WRONG }));
        expectLine(error, 'ERR_REDIS_CREDENTIALS', /^redis at 127\.0\.0\.1:\d+ refused the credentials.*WRONGPASS/);
      });

      test('an unknown user, and none', async () => {
        expectLine(await refusal(options({ username: 'bob' })), 'ERR_REDIS_CREDENTIALS', /WRONGPASS/);
        const { username: _user, password: _password, ...anonymous } = options();
        expectLine(await refusal(anonymous), 'ERR_REDIS_CREDENTIALS', /NOAUTH/);
      });

      test('a certificate of an authority that is not trusted', async () => {
        const error = await refusal(options({ tls: { ca: pem('otherCa') } }));
        expectLine(error, 'ERR_REDIS_TLS', /^redis at 127\.0\.0\.1:\d+: TLS cannot be used: .*certificate/);
        expectLine(await refusal(options({ tls: true })), 'ERR_REDIS_TLS', /certificate/);
      });

      test('a certificate for another name', async () => {
        const tls = { ca: pem('ca'), serverName: 'cache.example.org' };
        expectLine(await refusal(options({ tls })), 'ERR_REDIS_TLS', /cache\.example\.org/);
      });

      test('a client certificate that is none', async () => {
        const tls = { ca: pem('ca'), cert: 'no PEM', key: 'no PEM' };
        expectLine(await refusal(options({ tls })), 'ERR_REDIS_TLS', /ERR_OSSL/);
      });
    });

    test('plaintext to a server that wants TLS is no certificate’s fault: tried until the time is up', async () => {
      const error = await refusal(options({ tls: false }), 1_000);
      expect(error).toBeInstanceOf(ServiceUnavailableError);
      expectNoPassword(error);
    });

    test('errors of a connection that was lost carry no password either', async () => {
      const connection = new RedisConnection(options({ maxReconnectDelayMs: 50 }));
      await connection.connect({ timeoutMs: 20_000 });
      await services.redis.kill();
      const sets = new RedisSets(connection);
      const error: unknown = await sets.members(['a']).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: 'ERR_REDIS_UNAVAILABLE' });
      expectNoPassword(error);
      await services.redis.restart();
      await connection.connect({ timeoutMs: 20_000 });
      expect(await sets.members(['a'])).toEqual([new Set()]);
      await connection.close();
    }, 60_000);
  },
  {
    own: true,
    redisSecurity: {
      tls: true,
      user: { name: 'ann', password: PASSWORD, rules: '~* -@all +smembers +multi +exec +select +ping' },
    },
  },
);
