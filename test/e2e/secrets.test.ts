import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@millrace/testing';
import { millrace, millraceOk, startMillrace } from '../support/cli.js';
import type { CliResult } from '../support/cli.js';
import { temporaryFolder } from '../support/world.js';

/** In every secret, and in nothing else that is configured. */
const MARK = 'hunter2';
/** Signs that mean something in HOCON, JSON, URLs and regular expressions, and one secret that begins another. */
const secrets: Readonly<Record<string, string>> = {
  'http.token': `${MARK}-token`,
  'kafka.sasl.password': `${MARK}-kafka "q" \\ $& é`,
  'kafka.tls.key-passphrase': `${MARK}-kafka`,
  'lms-cassandra.password': `{${MARK}}-cassandra`,
  'lms-cassandra.tls.key-passphrase': `${MARK}.*cassandra-key`,
  'redis.password': `${MARK}-redis, %41`,
  'redis.tls.key-passphrase': `'${MARK}' redis-key`,
};
/** What the variables need besides, to be taken. */
const users = {
  'kafka.sasl.mechanism': 'plain',
  'kafka.sasl.username': 'alice',
  'lms-cassandra.username': 'alice',
  'redis.username': 'alice',
};

const folder = temporaryFolder();
const store = join(folder, 'store');
const dataset = join(folder, 'dataset');
let services: Record<string, string>;

const environmentName = (name: string): string => `MILLRACE_${name.toUpperCase().replaceAll(/[.-]/g, '_')}`;
const environmentOf = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [environmentName(name), value]));

function fileOf(name: string, values: Readonly<Record<string, string>>): string {
  const file = join(folder, name);
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  writeFileSync(file, name.endsWith('.json') ? JSON.stringify(values) : lines.join(''));
  return file;
}

function leaks({ stdout, stderr }: Pick<CliResult, 'stdout' | 'stderr'>): string[] {
  return `${stdout}\n${stderr}`.split('\n').filter((line) => line.includes(MARK));
}

beforeAll(async () => {
  mkdirSync(dataset);
  await millraceOk(['load', 'reconciliation', '--dataset', dataset, '--embedded', store]);
  const closed = String(await freePort());
  services = {
    'kafka.broker-servers': `127.0.0.1:${closed}`,
    'lms-cassandra.host': '127.0.0.1',
    'lms-cassandra.port': closed,
    'redis.host': '127.0.0.1',
    'redis.port': closed,
    'service.search.basePath': `http://alice:${MARK}-url@127.0.0.1:${closed}`,
    'startup.timeout': '1',
  };
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what is printed has no secret in it', () => {
  test('the secrets of this suite are all that there are', async () => {
    const { stdout } = await millraceOk(['config', 'reconciliation', 'show', '--format', 'json'], {
      env: environmentOf({ ...users, ...secrets }),
    });
    const rows = JSON.parse(stdout) as { name: string; value: string | null }[];
    const masked = rows.filter(({ value }) => value === '********').map(({ name }) => name);
    expect(masked.sort()).toEqual(Object.keys(secrets).sort());
    // One that nobody called a secret would be named like one.
    const suspicious = rows.map(({ name }) => name).filter((name) => /pass|secret|token|credential/i.test(name));
    expect(suspicious.filter((name) => !(name in secrets))).toEqual([]);
  });

  const commands: readonly (readonly [string, string[], RegExp | undefined])[] = [
    ['config show', ['config', 'reconciliation', 'show'], /\*{8}/],
    ['config show as JSON', ['config', 'reconciliation', 'show', '--format', 'json'], /\*{8}/],
    ['describe', ['describe', 'reconciliation', '--format', 'json'], undefined],
    ['run, nobody answers', ['run', 'reconciliation', '--log-level', 'debug', '--log-format', 'json'], /127\.0\.0\.1/],
    ['load', ['load', 'reconciliation', '--dataset', dataset, '--log-level', 'debug'], /127\.0\.0\.1/],
    ['failed list', ['failed', 'reconciliation', 'list', '--json'], undefined],
    ['drift', ['drift', 'reconciliation', '--course', 'c', '--batch', 'b', '--json'], undefined],
  ];

  test.each(commands)('%s, from a file and from the environment', async (_name, args, shows) => {
    const all = { ...services, ...users, ...secrets };
    const printed = await Promise.all([
      millrace([...args, '--config', fileOf('all.conf', all)]),
      millrace(args, { env: environmentOf(all) }),
    ]);
    for (const each of printed) {
      expect(leaks(each)).toEqual([]);
      expect(`${each.stdout}${each.stderr}`).not.toBe('');
      if (shows !== undefined) expect(`${each.stdout}${each.stderr}`).toMatch(shows);
    }
  });

  test.each<[string, string]>([
    ['a quote that is not closed', `redis { password = "${MARK}\n`],
    ['a brace too many', `redis.password = ${MARK} } {\n`],
    ['a list where a text is wanted', `redis.password = [${MARK}, ${MARK}]\n`],
    ['an object where a text is wanted', `redis.password { ${MARK} = ${MARK} }\n`],
    ['a misspelt name', `redis.pasword = ${MARK}\n`],
    ['a secret, and another variable with a wrong value', `redis.password = ${MARK}\nredis.port = x\n`],
    [
      'two names of one topic beside a secret',
      `redis.password = ${MARK}\nkafka.audit.topic = a\nkafka.output.audit.topic = b\n`,
    ],
    ['a URL that is none', `service.search.basePath = "http//alice:${MARK}@search"\n`],
    ['a URL with a wrong port', `service.search.basePath = "http://alice:${MARK}@search:x"\n`],
  ])('a file with %s', async (_name, text) => {
    const file = join(folder, 'wrong.conf');
    writeFileSync(file, text);
    const checked = await millrace(['config', 'reconciliation', 'check', '--config', file]);
    expect(leaks(checked)).toEqual([]);
    expect(checked.stderr).not.toBe('');
  });

  test('a flag of the wrong kind', async () => {
    for (const args of [
      ['--redis.password', MARK, '--redis.port', 'x'],
      ['--set', `redis.password=${MARK}`, '--unknown'],
      [`--redis.pasword=${MARK}`],
      ['--set', `redis.password.${MARK}`],
    ]) {
      const refused = await millrace(['run', 'reconciliation', '--embedded', store, ...args]);
      expect([refused.code, leaks(refused)]).toEqual([2, []]);
    }
  });
});

describe('a running job with an HTTP port', () => {
  test('tells no secret on any path, logs none, and listens on loopback alone', async () => {
    const settings = environmentOf({ ...users, ...secrets, 'http.port': '0' });
    const args = ['run', 'reconciliation', '--embedded', store, '--log-level', 'debug', '--log-format', 'json'];
    const running = startMillrace(args, { env: settings });
    let stderr = '';
    running.child.stderr?.on('data', (chunk: string) => (stderr += chunk));
    const listens = await new Promise<{ host: string; port: number }>((resolve, reject) => {
      running.child.stderr?.on('data', () => {
        const line = stderr.split('\n').find((each) => each.includes('HTTP server listens'));
        if (line !== undefined) resolve(JSON.parse(line) as { host: string; port: number });
      });
      void running.ended.then(() => reject(new Error(stderr)), reject);
    });
    expect(listens.host).toBe('127.0.0.1');
    const url = `http://127.0.0.1:${String(listens.port)}`;
    const answers: string[] = [];
    const ask = async (path: string, init?: RequestInit): Promise<number> => {
      const response = await fetch(`${url}${path}`, init);
      answers.push(JSON.stringify([...response.headers]), await response.text());
      return response.status;
    };
    for (const path of ['/metrics', '/health/live', '/health/ready', '/', `/${MARK.slice(0, 3)}`, '/config'])
      await ask(path);

    expect(await ask('/savepoint', { method: 'POST', headers: { authorization: 'Bearer wrong' } })).toBe(405);
    running.child.kill('SIGTERM');
    const ended = await running.ended;
    expect(leaks(ended)).toEqual([]);
    expect(answers.filter((answer) => answer.includes(MARK))).toEqual([]);
    expect(answers.join('')).toContain('total_events_count');
    expect(ended.code).toBe(0);
  }, 120_000);
});
