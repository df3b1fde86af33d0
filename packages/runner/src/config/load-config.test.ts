import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigError } from '../errors.js';
import { integer, list, text } from './define.js';
import type { EffectiveConfig } from './effective-config.js';
import { loadConfig, type ConfigSources } from './load-config.js';
import { runnerVariables } from './shared/runner-variables.js';
import { showConfig } from './show-config.js';
import { httpUrl } from './syntax.js';

const variables = {
  ...runnerVariables,
  'in.topic': text({ doc: 'Input.', default: '{{env}}.in', aliases: ['old.in.topic'] }),
  'batch.size': integer({ doc: 'Size.', default: 10, min: 1, max: 100 }),
  'lms-db.isMulti': text({ doc: 'Mixed case.', default: 'no' }),
  'redis.password': text({ doc: 'Secret.', secret: true, aliases: ['redis.pass'] }),
  'old.linger': integer({ doc: 'Gone.', default: 10, noEffect: true }),
  hosts: list({ doc: 'Hosts.', default: [] }),
  'some.url': text({ doc: 'A URL.', syntax: httpUrl }),
};
type Variables = typeof variables;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Given {
  readonly flags?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly file?: string;
}

function load({ flags = {}, environment = {}, file }: Given): Promise<EffectiveConfig<Variables>> {
  if (file !== undefined) writeFileSync(join(folder, 'job.conf'), file);
  const sources: ConfigSources = {
    flags: Object.entries(flags).map(([key, value]) => ({ key, value, written: `--${key}` })),
    environment,
    file: file === undefined ? undefined : 'job.conf',
    cwd: folder,
  };
  return loadConfig(variables, sources);
}

async function problemsOf(given: Given): Promise<readonly string[]> {
  try {
    await load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('precedence', () => {
  const file = 'batch.size = 1';
  const environment = { MILLRACE_BATCH_SIZE: '2' };
  const flags = { 'batch.size': '3' };

  test.each([
    ['default', {}, 10],
    ['file', { file }, 1],
    ['environment', { file, environment }, 2],
    ['flag', { file, environment, flags }, 3],
    ['flag', { file, flags }, 3],
    ['environment', { environment }, 2],
  ] as const)('%s', async (origin, given, value) => {
    const config = await load(given);
    expect(config.get('batch.size')).toBe(value);
    expect(config.entries().find(({ name }) => name === 'batch.size')?.origin).toBe(origin);
  });

  test('of two flags for one variable the last one wins', async () => {
    const flag = (value: string) => ({ key: 'batch.size', value, written: '--batch.size' });
    const sources = { flags: [flag('5'), flag('7')], environment: {}, file: undefined, cwd: folder };
    expect((await loadConfig(variables, sources)).get('batch.size')).toBe(7);
  });

  test('a wrong value that a stronger level replaces does not matter', async () => {
    expect((await load({ file: 'batch.size = many', flags })).get('batch.size')).toBe(3);
  });

  test('an empty environment variable counts as not set', async () => {
    expect((await load({ file, environment: { MILLRACE_BATCH_SIZE: '' } })).get('batch.size')).toBe(1);
  });

  test('null in a file means not set', async () => {
    expect((await load({ file: 'batch.size = null' })).get('batch.size')).toBe(10);
  });
});

describe('names', () => {
  test('dots and dashes of a name are underscores in the environment', async () => {
    const config = await load({ environment: { MILLRACE_LMS_DB_ISMULTI: 'x' } });
    expect(config.get('lms-db.isMulti')).toBe('x');
  });

  test('a port in the environment is taken, unless Kubernetes injected it for a service of that name', async () => {
    expect((await load({ environment: { MILLRACE_HTTP_PORT: '8080' } })).get('http.port')).toBe(8080);
    expect((await load({ environment: { MILLRACE_HTTP_PORT: 'tcp://10.0.0.7:80' } })).get('http.port')).toBeUndefined();
    expect(await problemsOf({ environment: { MILLRACE_HTTP_PORT: 'six' } })).toHaveLength(1);
  });

  test('an alias is taken on every level', async () => {
    expect((await load({ file: 'old.in.topic = a' })).get('in.topic')).toBe('a');
    expect((await load({ environment: { MILLRACE_OLD_IN_TOPIC: 'b' } })).get('in.topic')).toBe('b');
    expect((await load({ flags: { 'old.in.topic': 'c' } })).get('in.topic')).toBe('c');
  });

  test.each<[string, Given]>([
    ['file', { file: 'old.in.topic = a, in.topic = b' }],
    ['environment', { environment: { MILLRACE_OLD_IN_TOPIC: 'a', MILLRACE_IN_TOPIC: 'b' } }],
    ['flags', { flags: { 'old.in.topic': 'a', 'in.topic': 'b' } }],
  ])('two names with different values on one level are an error: %s', async (_level, given) => {
    const [problem, ...more] = await problemsOf(given);
    expect(problem).toMatch(/are two names of in\.topic and differ: "[ab]" and "[ab]"; keep one of them/);
    expect(more).toEqual([]);
  });

  test('two names with one value are taken', async () => {
    expect((await load({ file: 'old.in.topic = a, in.topic = "a"' })).get('in.topic')).toBe('a');
  });

  test('across levels the precedence decides between two names', async () => {
    expect((await load({ file: 'in.topic = a', environment: { MILLRACE_OLD_IN_TOPIC: 'b' } })).get('in.topic')).toBe(
      'b',
    );
  });

  test('a conflict of secrets does not show them', async () => {
    const problems = await problemsOf({ flags: { 'redis.password': 'hunter1', 'redis.pass': 'hunter2' } });
    expect(problems.join()).not.toContain('hunter');
  });
});

describe('{{env}}', () => {
  test('is filled in defaults', async () => {
    expect((await load({})).get('in.topic')).toBe('dev.in');
    expect((await load({ environment: { MILLRACE_ENV: 'prod' } })).get('in.topic')).toBe('prod.in');
    expect((await load({ file: 'job { env = stage }' })).get('in.topic')).toBe('stage.in');
  });

  test('is left alone in what somebody gave', async () => {
    expect((await load({ flags: { 'in.topic': '{{env}}.x' } })).get('in.topic')).toBe('{{env}}.x');
  });
});

describe('wrong values', () => {
  test.each<[string, Given, string]>([
    [
      'a flag',
      { flags: { 'batch.size': '12abc' } },
      '--batch.size: "12abc" is not allowed: it must be a whole number from 1 to 100',
    ],
    [
      'the environment',
      { environment: { MILLRACE_BATCH_SIZE: '0' } },
      'batch.size (environment variable MILLRACE_BATCH_SIZE): "0" is not allowed: it must be a whole number from 1 to 100',
    ],
    [
      'the file',
      { file: 'batch.size = "x"' },
      'batch.size in job.conf: "x" is not allowed: it must be a whole number from 1 to 100',
    ],
    [
      'an array',
      { file: 'batch.size = [1]' },
      'batch.size in job.conf: ["1"] is not allowed: it must be one value, not a list: a whole number from 1 to 100',
    ],
  ])('are told in one line with key, value, origin and what is allowed: %s', async (_origin, given, line) => {
    expect(await problemsOf(given)).toEqual([line]);
  });

  test('a flag that is no variable is an error', async () => {
    expect(await problemsOf({ flags: { nonsense: '1' } })).toEqual(['--nonsense is not a variable of this job']);
  });

  test('all of them are listed', async () => {
    expect(await problemsOf({ flags: { 'batch.size': 'x', 'http.port': '-1' } })).toHaveLength(2);
  });
});

describe('notices', () => {
  test('unknown keys are listed once for the file and once for the environment', async () => {
    const { notices } = await load({
      file: 'kafka.zookeeper = "z:1", job.x = 1',
      environment: {
        MILLRACE_BATCH_SIZ: '1',
        MILLRACE_SERVICE_HOST: 'k8s',
        MILLRACE_PORT_80_TCP_ADDR: 'k8s',
        OTHER: 'x',
      },
    });
    expect(notices.unknown).toEqual([
      { where: 'job.conf', names: ['job.x', 'kafka.zookeeper'] },
      { where: 'the environment', names: ['MILLRACE_BATCH_SIZ'] },
    ]);
  });

  test('a variable without effect is noticed where it differs from its default', async () => {
    expect((await load({ file: 'old.linger = "10"' })).notices.withoutEffect).toEqual([]);
    const { notices } = await load({ file: 'old.linger = 20' });
    expect(notices.withoutEffect.map(({ name, value }) => [name, value])).toEqual([['old.linger', 20]]);
  });
});

describe('config show', () => {
  test('the credentials of a URL are masked, in messages too', async () => {
    const config = await load({ flags: { 'some.url': 'http://u:hunter2@h' } });
    expect(showConfig(config, 'text') + showConfig(config, 'json')).not.toContain('hunter2');
    expect(config.secrets()).toContain('hunter2');
    expect(await problemsOf({ flags: { 'some.url': 'ftp://u:hunter2@h' } })).toEqual([
      expect.stringContaining('"ftp://********@h" is not allowed'),
    ]);
  });

  test('shows values with their origins and masks secrets', async () => {
    const config = await load({ flags: { 'redis.password': 'hunter2', hosts: 'a,b' }, file: 'batch.size = "7"' });
    const shown = showConfig(config, 'text');
    expect(shown).toMatch(/^batch\.size +7 +file$/m);
    expect(shown).toMatch(/^hosts +a,b +flag$/m);
    expect(shown).toMatch(/^redis\.password +\*{8} +flag$/m);
    expect(shown).toMatch(/^http\.port +\(unset\) +default$/m);
    expect(shown + showConfig(config as unknown as EffectiveConfig, 'json')).not.toContain('hunter2');
  });
});

test('a name that is no variable cannot be read', async () => {
  const config = (await load({})) as unknown as EffectiveConfig;
  expect(() => config.get('nope')).toThrow('nope is not a configuration variable of this job');
});

test('two variables that would share an environment variable are refused', async () => {
  const clash = { 'a.b': text({ doc: 'x' }), 'a-b': text({ doc: 'x' }) };
  const sources = { flags: [], environment: {}, file: undefined, cwd: folder };
  await expect(loadConfig(clash, sources)).rejects.toThrow('share the environment variable MILLRACE_A_B');
});
