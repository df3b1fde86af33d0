import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CassandraSession } from '@millrace/cassandra';
import { describeWithServices } from '@millrace/testing';
import { millrace, millraceOk } from '../support/cli.js';
import type { CliResult } from '../support/cli.js';
import { optionsOf, temporaryFolder } from '../support/world.js';

const KEYSPACE = 'guarded';
const CASSANDRA_PASSWORD = 'c4ss-"of\\ann';
const REDIS_PASSWORD = 'r3d1s-of-ann';
const WRONG = 'wr0ng-password';

/** Lines for people: not the log. */
function told({ stderr }: CliResult): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
}

describeWithServices(
  ['kafka', 'cassandra', 'redis'],
  'the job on Cassandra and Redis with users and TLS',
  (services) => {
    const folder = temporaryFolder();
    const secrets = {
      MILLRACE_LMS_CASSANDRA_PASSWORD: CASSANDRA_PASSWORD,
      MILLRACE_REDIS_PASSWORD: REDIS_PASSWORD,
    };
    let options: string[];

    const pem = (service: 'cassandra' | 'redis', name: 'ca' | 'otherCa'): string =>
      services[service].certificates![name];
    const run = (more: readonly string[], env: Readonly<Record<string, string>> = secrets): Promise<CliResult> =>
      millrace(['run', 'reconciliation', '--until-drained', ...options, ...more], { env });
    const expectNoPassword = ({ stdout, stderr }: CliResult): void => {
      for (const password of [CASSANDRA_PASSWORD, REDIS_PASSWORD, WRONG]) {
        expect(stdout + stderr).not.toContain(password);
        expect(stdout + stderr).not.toContain(JSON.stringify(password).slice(1, -1));
      }
    };

    beforeAll(async () => {
      mkdirSync(join(folder, 'empty'));
      await guardTables();
      options = optionsOf({
        env: 'guarded',
        'kafka.broker-servers': services.kafka.addresses.join(','),
        'lms-cassandra.host': services.cassandra.host,
        'lms-cassandra.port': String(services.cassandra.port),
        'lms-cassandra.keyspace': KEYSPACE,
        'lms-cassandra.username': 'ann',
        'lms-cassandra.tls.enabled': 'true',
        'lms-cassandra.tls.ca': pem('cassandra', 'ca'),
        'redis.host': services.redis.host,
        'redis.port': String(services.redis.port),
        'redis.username': 'ann',
        'redis.tls.enabled': 'true',
        'redis.tls.ca': pem('redis', 'ca'),
        'startup.timeout': '60',
      });
      await millraceOk(['load', 'reconciliation', '--dataset', join(folder, 'empty'), ...options], { env: secrets });
    }, 240_000);

    afterAll(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    /** The job's tables, and a user that may read and write them and nothing else. */
    async function guardTables(): Promise<void> {
      const session = new CassandraSession({
        hosts: [services.cassandra.host],
        port: services.cassandra.port,
        credentials: { username: 'cassandra', password: 'cassandra' },
        tls: { ca: readFileSync(pem('cassandra', 'ca'), 'utf8') },
        readTimeoutMs: 30_000,
      });
      await session.connect({ timeoutMs: 60_000 });
      const file = join(process.cwd(), 'packages', 'reconciliation', 'fixtures', 'sunbird_courses.cql');
      const schema = readFileSync(file, 'utf8')
        .replaceAll(/^--.*$/gm, '')
        .replaceAll('sunbird_courses', KEYSPACE);
      const statements = [
        ...schema.split(';').map((each) => each.trim()),
        `CREATE ROLE ann WITH PASSWORD = '${CASSANDRA_PASSWORD}' AND LOGIN = true`,
        `GRANT SELECT ON KEYSPACE ${KEYSPACE} TO ann`,
        `GRANT MODIFY ON KEYSPACE ${KEYSPACE} TO ann`,
      ];
      for (const statement of statements) if (statement !== '') await session.execute(statement);
      await session.close();
    }

    test('secrets from the environment: exit code 0, and no password in the most talkative log', async () => {
      const result = await run(['--log-level', 'debug']);
      expect([result.code, result.code === 0 ? '' : result.stderr.slice(-2_000)]).toEqual([0, '']);
      expectNoPassword(result);
    });

    test('secrets from the configuration file: the same', async () => {
      const file = join(folder, 'guarded.conf');
      const text = (value: string): string => JSON.stringify(value);
      writeFileSync(
        file,
        `lms-cassandra { password = ${text(CASSANDRA_PASSWORD)} }\nredis { password = ${text(REDIS_PASSWORD)} }\n`,
      );
      const result = await run(['--config', file, '--log-level', 'debug'], {});
      expect([result.code, result.code === 0 ? '' : result.stderr.slice(-2_000)]).toEqual([0, '']);
      expectNoPassword(result);
      const shown = await millraceOk(['config', 'reconciliation', 'show', '--config', file, ...options]);
      expectNoPassword(shown);
    });

    describe('one line, exit code 2, no password', () => {
      test.each([
        [
          'Cassandra',
          { ...secrets, MILLRACE_LMS_CASSANDRA_PASSWORD: WRONG },
          /cassandra at \S+ refused the credentials/,
        ],
        ['Redis', { ...secrets, MILLRACE_REDIS_PASSWORD: WRONG }, /redis at \S+ refused the credentials/],
      ])('a wrong password for %s', async (_name, env, line) => {
        const result = await run([], env);
        expect([result.code, told(result)]).toEqual([2, [expect.stringMatching(line)]]);
        expectNoPassword(result);
        expectNoPassword(await run(['--log-level', 'debug'], env));
      });

      test.each([
        ['cassandra', 'lms-cassandra'],
        ['redis', 'redis'],
      ] as const)('a certificate of %s that is not trusted', async (name, prefix) => {
        const result = await run(['--set', `${prefix}.tls.ca=${pem(name, 'otherCa')}`]);
        const line = new RegExp(`${name} at \\S+: TLS cannot be used: .*certificate`);
        expect([result.code, told(result)]).toEqual([2, [expect.stringMatching(line)]]);
        expectNoPassword(result);
      });
    });
  },
  {
    own: true,
    cassandraSecurity: { tls: true, logins: true },
    redisSecurity: {
      tls: true,
      user: { name: 'ann', password: REDIS_PASSWORD, rules: '~* -@all +smembers +multi +exec +select +sadd +del' },
    },
  },
);
