import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfigFile } from './read-file.js';

const conf = fileURLToPath(new URL('../../fixtures/conf', import.meta.url));
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-file-'));
  mkdirSync(join(folder, 'sub dir'));
  writeFileSync(join(folder, 'sub dir', 'base.conf'), 'a.b = 1\nc = ${a.b}\nhost = 127.0.0.1');
  writeFileSync(join(folder, 'broken.conf'), 'a {\n  b = ]\n}');
  writeFileSync(join(folder, 'evil.js'), 'process.exit(8)');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(text: string | Uint8Array, name = 'job.conf'): Promise<Record<string, unknown>> {
  writeFileSync(join(folder, name), text);
  const { entries } = await readConfigFile(name, folder);
  return Object.fromEntries(entries.map(({ key, raw }) => [key, raw]));
}

async function refusal(text: string | Uint8Array, name?: string): Promise<string> {
  return read(text, name).then(
    (values) => `accepted: ${JSON.stringify(values)}`,
    (error: unknown) => (error as Error).message,
  );
}

describe('a Sunbird installation’s files', () => {
  test('the job file with what it includes, quoted numbers, dotted keys and substitutions', async () => {
    const { entries } = await readConfigFile('enrolment-reconciliation.conf', conf);
    const values = Object.fromEntries(entries.map(({ key, raw }) => [key, raw]));
    expect(values).toMatchObject({
      'kafka.broker-servers': '127.0.0.1:9092',
      'kafka.input.topic': 'dev.batch.enrolment.sync.request',
      'kafka.producer.linger.ms': '10',
      'task.restart-strategy.attempts': '3',
      'task.checkpointing.interval': '60000',
      'redis.host': '127.0.0.1',
      'redis.database.relationCache.id': '10',
      'lms-cassandra.isMultiDCEnabled': 'false',
      'lms-cassandra.user_activity_agg.table': 'user_activity_agg',
      'job.statebackend.base.url': 'wasbs://jobs@store.blob.core.windows.net/checkpoint',
    });
  });

  test('include file("...") with an absolute path', async () => {
    const values = await read(`include file("${join(conf, 'base-config.conf')}")\nredis.port = "7000"`);
    expect(values).toMatchObject({ 'redis.port': '7000', 'lms-cassandra.port': '9042' });
  });
});

describe('HOCON', () => {
  test.each([
    ['a relative include', 'include "sub dir/base.conf"\na.b = 2', { 'a.b': '2', c: '2', host: '127.0.0.1' }],
    ['an include without extension', 'include "sub dir/base"', { 'a.b': '1', c: '1', host: '127.0.0.1' }],
    ['a required include', 'include required(file("sub dir/base.conf"))', { 'a.b': '1', c: '1', host: '127.0.0.1' }],
    ['concatenation around a substitution', 'a = x\nb = "p://"${a}"@"${a}/y', { a: 'x', b: 'p://x@x/y' }],
    ['an optional substitution that is not set', 'a = ${?MILLRACE_TEST_UNSET}\nb = 1', { b: '1' }],
    [
      'numbers keep their text',
      'a = 00123\nb = 1.50\nc = 12345678901234567890',
      { a: '00123', b: '1.50', c: '12345678901234567890' },
    ],
    ['comments of both kinds', '# x {\n// y "\na = 1 # z }\nb = "a # b // c"', { a: '1', b: 'a # b // c' }],
    ['lists', 'a = ["h:1", "h:2"]', { a: ['h:1', 'h:2'] }],
    ['triple quotes', 'a = """say "hi" }"""', { a: 'say "hi" }' }],
    ['later keys replace earlier ones', 'a { b = 1 }\na.b = 2\na { c = 3 }', { 'a.b': '2', 'a.c': '3' }],
    ['line ends of Windows and a byte order mark', '\uFEFFa = 1\r\nb = x y\r\n', { a: '1', b: 'x y' }],
    ['an empty file', '', {}],
  ])('%s', async (_name, text, values) => {
    expect(await read(text)).toEqual(values);
  });

  test('a file whose name needs escaping in a URL', async () => {
    expect(await read('include "sub dir/base.conf"', 'p#q%20?.conf')).toHaveProperty('host', '127.0.0.1');
  });

  test('substitutions fall back to the environment', async () => {
    expect(await read('a = ${PATH}')).toEqual({ a: process.env['PATH'] });
  });
});

describe('what cannot be read is told in one line', () => {
  test.each([
    ['an include that does not exist', 'include "nope.conf"', /nope\.conf, which it includes, does not exist$/],
    [
      'an absolute include that does not exist',
      'include file("/nope.conf")',
      /: \/nope\.conf, which it includes, does not exist$/,
    ],
    [
      'a substitution that nobody set',
      'a = 1\nb = ${no.such}',
      /line 2: \$\{no\.such\} is set neither in the file nor in the environment$/,
    ],
    ['a file that includes itself', 'include "job.conf"', /it includes itself$/],
    [
      'an error in an included file',
      'include "broken.conf"',
      /in .*broken\.conf, which it includes, line 2: no value before \]$/,
    ],
    ['a brace that is not closed', 'a {\n b = 1', /line 1: \{ is not closed$/],
    ['a brace too many', 'a = 1\n}', /line 2: \} closes nothing$/],
    ['a key without a value', 'a { b = }', /line 1: no value before \}$/],
    ['a quote that is not closed', 'a = "x', /line 1: not HOCON: quoted string not closed$/],
    ['a URL without quotes', 'a = http://x', /line 1: a value with a colon must be quoted$/],
    ['a template that was not filled', 'a = {{env}}.x', /line 1: not HOCON/],
    ['a transform', 'a = 1 | eval { expr = "process.exit(9)" }', /line 1: \| must be quoted$/],
    ['a script', 'include "evil.js"', /a script cannot be included$/],
    ['a URL', 'include url("http://127.0.0.1:1/x.conf")', /only files can be included$/],
  ])('%s', async (_name, text, message) => {
    const line = await refusal(text);
    expect(line).toMatch(message);
    expect(line).toMatch(/^the configuration file job\.conf cannot be read: /);
    expect(line).not.toContain('\n');
  });

  test('values of the file are not in the message', async () => {
    expect(await refusal('redis.password = hunter2$$hunter3')).not.toContain('hunter');
    expect(await refusal('{"password":\n hunter2}', 'job.json')).not.toContain('hunter');
  });

  test('bytes that are not UTF-8', async () => {
    expect(await refusal(Uint8Array.of(0x61, 0x3d, 0xff))).toMatch(/it is not UTF-8$/);
    expect(await refusal(Uint8Array.of(0x7b, 0xff, 0x7d), 'job.json')).toMatch(/it is not UTF-8$/);
  });

  test('a file that does not exist, and a folder', async () => {
    await expect(readConfigFile('none.conf', folder)).rejects.toThrow('none.conf cannot be read: it does not exist');
    await expect(readConfigFile('sub dir', folder)).rejects.toThrow('sub dir cannot be read: it is not a file');
  });
});

describe('JSON', () => {
  test('nested and dotted keys, numbers, booleans, arrays', async () => {
    const text = '{"a": {"b": 1.5, "c": true, "d": null}, "e.f": "x", "g": ["x", 1]}';
    expect(await read(text, 'job.json')).toEqual({ 'a.b': '1.5', 'a.c': 'true', 'e.f': 'x', g: ['x', '1'] });
  });

  test('anything but an object is refused', async () => {
    expect(await refusal('[1]', 'job.json')).toMatch(/it is not a JSON object$/);
    expect(await refusal('{', 'job.json')).toMatch(/it is not JSON$/);
  });
});
