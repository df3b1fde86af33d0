import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

import { beforeAll, describe, expect, test } from '@jest/globals';
import { ServiceUnavailableError, SetupError } from '@millrace/core';
import { describeWithServices } from '@millrace/testing';

import type { CassandraOptions } from './options.js';
import { CassandraSession } from './session.js';

describeWithServices(
  ['cassandra'],
  'a cluster with users and TLS',
  (services) => {
    const ann = { username: 'ann', password: 'pass-of-ann-1' };
    const pem = (name: 'ca' | 'otherCa'): string => readFileSync(services.cassandra.certificates![name], 'utf8');
    const options = (more: Partial<CassandraOptions> = {}): CassandraOptions => ({
      hosts: [services.cassandra.host],
      port: services.cassandra.port,
      credentials: ann,
      tls: { ca: pem('ca') },
      readTimeoutMs: 30_000,
      ...more,
    });
    async function refusal(more: Partial<CassandraOptions>, timeoutMs = 60_000): Promise<Error> {
      const session = new CassandraSession(options(more));
      try {
        await session.connect({ timeoutMs });
      } catch (error) {
        return error as Error;
      } finally {
        await session.close();
      }
      throw new Error('it connected');
    }
    function expectLine(error: Error, code: string, text: RegExp): void {
      expect(error).toBeInstanceOf(SetupError);
      expect(error).toMatchObject({ code });
      expect(error.message).toMatch(text);
      expect(error.message).not.toContain('\n');
      for (const password of [ann.password, 'wrong-pass-2'])
        expect(inspect(error, { depth: 9 })).not.toContain(password);
    }

    beforeAll(async () => {
      const session = new CassandraSession(options({ credentials: { username: 'cassandra', password: 'cassandra' } }));
      await session.connect({ timeoutMs: 60_000 });
      await session.execute(`CREATE ROLE ann WITH PASSWORD = '${ann.password}' AND LOGIN = true`);
      await session.execute(
        "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
      );
      await session.execute('CREATE TABLE shop.orders (id text PRIMARY KEY, total int)');
      await session.execute('GRANT SELECT ON TABLE shop.orders TO ann');
      await session.close();
    }, 120_000);

    test('the right password and a trusted certificate: statements work', async () => {
      const session = new CassandraSession(options());
      await session.connect({ timeoutMs: 60_000 });
      await session.checkTables('shop', { orders: ['id', 'total'] });
      expect(await session.all('SELECT id FROM shop.orders WHERE id = ?', ['x'])).toEqual([]);
      const denied: unknown = await session
        .execute('INSERT INTO shop.orders (id) VALUES (?)', ['x'])
        .catch((error: unknown) => error);
      expect(denied).toMatchObject({ kind: 'infrastructure', message: expect.stringContaining('ann') });
      await session.close();
    }, 90_000);

    describe('one line, without the password, at once', () => {
      test('a wrong password', async () => {
        const error = await refusal({ credentials: { ...ann, password: 'wrong-pass-2' } });
        expectLine(error, 'ERR_CASSANDRA_CREDENTIALS', /^cassandra at 127\.0\.0\.1:\d+ refused the credentials.*ann/);
      }, 90_000);

      test('no credentials', async () => {
        const { credentials: _none, ...rest } = options();
        const session = new CassandraSession(rest);
        const error = (await session.connect({ timeoutMs: 60_000 }).catch((cause: unknown) => cause)) as Error;
        await session.close();
        expectLine(error, 'ERR_CASSANDRA_CREDENTIALS', /no credentials are set/);
      }, 90_000);

      test('a certificate of an authority that is not trusted', async () => {
        const error = await refusal({ tls: { ca: pem('otherCa') } });
        expectLine(error, 'ERR_CASSANDRA_TLS', /^cassandra at 127\.0\.0\.1:\d+: TLS cannot be used: .*certificate/);
        expectLine(await refusal({ tls: true }), 'ERR_CASSANDRA_TLS', /certificate/);
      }, 90_000);

      test('a certificate for another name', async () => {
        const error = await refusal({ tls: { ca: pem('ca'), serverName: 'db.example.org' } });
        expectLine(error, 'ERR_CASSANDRA_TLS', /db\.example\.org/);
      }, 90_000);

      test('a client certificate that is none', async () => {
        const error = await refusal({ tls: { ca: pem('ca'), cert: 'no PEM', key: 'no PEM' } });
        expectLine(error, 'ERR_CASSANDRA_TLS', /ERR_OSSL/);
      }, 90_000);
    });

    test('plaintext to a server that wants TLS is no certificate’s fault: tried until the time is up', async () => {
      const error = await refusal({ tls: false }, 3_000);
      expect(error).toBeInstanceOf(ServiceUnavailableError);
      expect(inspect(error, { depth: 9 })).not.toContain(ann.password);
    }, 90_000);
  },
  {
    own: true,
    cassandraSecurity: { tls: true, logins: true },
  },
);

describeWithServices(['cassandra'], 'a cluster without TLS', ({ cassandra }) => {
  test('is told apart from one that is down where TLS is wanted', async () => {
    const session = new CassandraSession({ hosts: [cassandra.host], port: cassandra.port, tls: true });
    const failed = session.connect({ timeoutMs: 20_000 });
    await expect(failed).rejects.toMatchObject({ code: 'ERR_CASSANDRA_TLS' });
    await session.close();
  }, 60_000);
});
