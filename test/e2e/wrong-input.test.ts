import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@millrace/testing';
import { millrace, millraceOk, startMillrace } from '../support/cli.js';
import type { CliResult } from '../support/cli.js';
import { temporaryFolder } from '../support/world.js';

const folder = temporaryFolder();
const store = join(folder, 'store');
const dataset = join(folder, 'dataset');
mkdirSync(dataset);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Standard error without log lines: what a person is told. */
function told({ stderr }: CliResult): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
}

describe('wrong usage or configuration ends with one line and exit code 2', () => {
  const missing = join(folder, 'missing.conf');
  const broken = join(folder, 'broken.conf');
  writeFileSync(broken, 'kafka { input.topic = "a"\n');
  const both = join(folder, 'both.conf');
  writeFileSync(both, 'kafka.audit.topic = "a"\nkafka.output.audit.topic = "b"\n');
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const embedded = ['--embedded', store];
  beforeAll(() => millraceOk(['load', 'reconciliation', '--dataset', dataset, ...embedded]));

  test.each<[string, string[], RegExp]>([
    ['an unknown command', ['runn', 'reconciliation'], /runn/],
    ['an unknown option', ['run', 'reconciliation', ...embedded, '--until-draned'], /--until-draned/],
    ['an unknown job', ['run', 'no-such-job', ...embedded], /no-such-job/],
    [
      'an unknown variable',
      ['run', 'reconciliation', ...embedded, '--set', 'kafka.inptu.topic=x'],
      /kafka\.inptu\.topic/,
    ],
    ['a variable without a value', ['run', 'reconciliation', ...embedded, '--set', 'env'], /--set.*key=value/],
    ['a missing file', ['run', 'reconciliation', ...embedded, '--config', missing], /missing\.conf/],
    ['a file that cannot be parsed', ['run', 'reconciliation', ...embedded, '--config', broken], /broken\.conf/],
    [
      'both names of a variable',
      ['run', 'reconciliation', ...embedded, '--config', both],
      /kafka\.output\.audit\.topic/,
    ],
    [
      'a wrong value',
      ['run', 'reconciliation', ...embedded, '--set', 'task.max-in-flight=12abc'],
      /task\.max-in-flight.*12abc/,
    ],
    ['a value out of bounds', ['run', 'reconciliation', ...embedded, '--http.port', '65536'], /http\.port.*65536/],
    ['nowhere to run', ['run', 'reconciliation'], /--embedded.*kafka\.broker-servers/],
    ['a data set that is not there', ['load', 'reconciliation', '--dataset', missing, ...embedded], /missing\.conf/],
    ['a folder that is a file', ['dump', 'reconciliation', '--out', join(file, 'x'), ...embedded], /file/],
    ['a store under a file', ['run', 'reconciliation', '--embedded', join(file, 'store')], /file/],
    ['a wrong format', ['describe', 'reconciliation', '--format', 'dot'], /dot/],
    ['a wrong number', ['sample', 'reconciliation', '--out', join(folder, 's'), '--users', 'many'], /many/],
    ['config without a verb', ['config', 'reconciliation'], /show/],
    ['a store that was never loaded', ['run', 'reconciliation', '--embedded', join(folder, 'empty')], /empty.*load/],
  ])('%s', async (_name, args, line) => {
    const result = await millrace(args);
    expect([result.code, told(result)]).toEqual([2, [expect.stringMatching(line)]]);
    expect(result.stdout).toBe('');
  });

  test('a wrong value in the environment names the variable as the environment has it', async () => {
    const env = { MILLRACE_REDIS_PORT: 'six' };
    const result = await millrace(['config', 'reconciliation', 'check'], { env });
    expect([result.code, told(result)]).toEqual([2, [expect.stringMatching(/redis\.port.*six/)]]);
  });

  test('a secret with a wrong value is not printed', async () => {
    const args = [
      'run',
      'reconciliation',
      '--set',
      'kafka.sasl.password=hunter2',
      '--set',
      'kafka.sasl.mechanism=rot13',
    ];
    const result = await millrace(args);
    expect(result.code).toBe(2);
    expect(`${result.stdout}${result.stderr}`).not.toContain('hunter2');
  });
});

describe('a bad line in a data set stops the load before anything is written', () => {
  test.each<[string, string, string, RegExp]>([
    ['broken JSON', 'enrolments.jsonl', '{"userid":"u"', /enrolments\.jsonl.*2/],
    ['a missing key column', 'enrolments.jsonl', '{"userid":"u","courseid":"c"}', /batchid/],
    [
      'a blank key column',
      'consumption.jsonl',
      '{"userid":" ","courseid":"c","batchid":"b","contentid":"x"}',
      /userid/,
    ],
    ['a wrong type', 'enrolments.jsonl', '{"userid":"u","courseid":"c","batchid":"b","status":"2"}', /status/],
    ['bad base64', 'requests.jsonl', '{"valueBase64":"***"}', /valueBase64/],
    ['a negative partition', 'requests.jsonl', '{"value":"","partition":-1}', /partition/],
    ['a fractional timestamp', 'requests.jsonl', '{"value":"","timestamp":1.5}', /timestamp/],
    [
      'a timestamp from the future',
      'requests.jsonl',
      `{"value":"","timestamp":${String(Date.now() + 7_200_000)}}`,
      /timestamp/,
    ],
    [
      'an id over 256 bytes',
      'enrolments.jsonl',
      JSON.stringify({ userid: 'é'.repeat(129), courseid: 'c', batchid: 'b' }),
      /256/,
    ],
  ])('%s', async (_name, file, line, reason) => {
    const bad = join(folder, 'bad');
    rmSync(bad, { recursive: true, force: true });
    mkdirSync(bad);
    const good: Record<string, string> = {
      'requests.jsonl': '{"value":"{}"}',
      'enrolments.jsonl': '{"userid":"u","courseid":"c","batchid":"b"}',
      'consumption.jsonl': '{"userid":"u","courseid":"c","batchid":"b","contentid":"x"}',
    };
    writeFileSync(join(bad, file), `${good[file] ?? ''}\n${line}\n`);
    writeFileSync(join(bad, 'relations.jsonl'), '{"key":"c:c:leafnodes","members":["x"]}\n');
    const place = join(folder, 'bad-store');
    const result = await millrace(['load', 'reconciliation', '--dataset', bad, '--embedded', place]);
    expect([result.code, told(result)]).toEqual([2, [expect.stringMatching(reason)]]);
    expect(told(result)[0]).toMatch(new RegExp(`${file.replace('.', '\\.')}.*2`));
    rmSync(place, { recursive: true, force: true });
  });
});

describe('a service that cannot be reached within startup.timeout', () => {
  test.each(['run', 'load', 'dump'])('%s: one line with the address, exit code 69', async (command) => {
    const port = await freePort();
    const more = { run: [], load: ['--dataset', dataset], dump: ['--out', join(folder, 'out')] }[command] ?? [];
    // All of them there: which one is found out first is chance, and that one is told.
    const services = [
      ...['--set', `kafka.broker-servers=127.0.0.1:${String(port)}`],
      ...['--set', `lms-cassandra.port=${String(port)}`],
      ...['--set', `redis.port=${String(port)}`],
      ...['--set', 'startup.timeout=1'],
    ];
    const result = await millrace([command, 'reconciliation', ...more, ...services]);
    expect([result.code, told(result)]).toEqual([69, [expect.stringContaining(`127.0.0.1:${String(port)}`)]]);
  });
});

test('a folder in use by another process: one line, exit code 2, and it opens again at once after a SIGKILL', async () => {
  const place = join(folder, 'shared');
  await millraceOk(['load', 'reconciliation', '--dataset', dataset, '--embedded', place]);
  const first = startMillrace(['run', 'reconciliation', '--embedded', place]);
  await new Promise<void>((resolve) => {
    first.child.stderr?.on('data', (chunk: string) => {
      if (chunk.includes('RUNNING')) resolve();
    });
  });
  const second = await millrace(['run', 'reconciliation', '--embedded', place]);
  expect([second.code, told(second)]).toEqual([2, [expect.stringContaining(place)]]);
  first.child.kill('SIGKILL');
  await first.ended;
  const started = performance.now();
  await millraceOk(['run', 'reconciliation', '--until-drained', '--embedded', place]);
  expect(performance.now() - started).toBeLessThan(10_000);
}, 60_000);
