import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConsumerRecord } from '@millrace/core';
import { EmbeddedStore } from '@millrace/embedded';
import { freePort } from '@millrace/testing';
import { millrace, millraceOk } from '../support/cli.js';
import type { CliResult } from '../support/cli.js';
import { batchOf, byDefault, courseOf } from '../support/outcomes.js';
import { writeOutcomes } from '../support/outcomes-check.js';
import { optionsOf, temporaryFolder } from '../support/world.js';

const folder = temporaryFolder();
const store = join(folder, 'store');
const embedded = ['--embedded', store];
const INPUT = 'dev.batch.enrolment.sync.request';

beforeAll(async () => {
  writeOutcomes(
    join(folder, 'in'),
    byDefault.map((outcome) => ({ ...outcome, requests: [] })),
  );
  await millraceOk(['load', 'reconciliation', '--dataset', join(folder, 'in'), ...embedded]);
}, 120_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Standard error without log lines: what a person is told. */
function told({ stderr }: CliResult): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
}

const idsOf = (name: string): string[] => ['--user', name, '--course', courseOf(name), '--batch', batchOf(name)];
const request = (...args: readonly string[]): Promise<CliResult> =>
  millrace(['request', 'reconciliation', ...embedded, ...args]);

async function requests(): Promise<ConsumerRecord[]> {
  const opened = await EmbeddedStore.open(store);
  const records = [...opened.log.readAll(INPUT)];
  await opened.close();
  return records;
}

function linesOf(name: string, lines: readonly object[]): string {
  const file = join(folder, name);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
}

const keyOf = (name: string): object => ({ userId: name, courseId: courseOf(name), batchId: batchOf(name) });
const many = Array.from({ length: 1_001 }, (_, i) => keyOf(`nobody ${String(i)}`));

describe('what is wrong, or only tried, sends nothing', () => {
  afterAll(async () => {
    expect(await requests()).toEqual([]);
  });
  const one = idsOf('completes now');

  test.each<[string, () => readonly string[], RegExp]>([
    ['no enrolment', () => [], /give --user, --course and --batch, or --file/],
    ['half of an enrolment', () => ['--user', 'u', '--course', 'c'], /give --user, --course and --batch, or --file/],
    ['an enrolment and a file', () => [...one, '--file', 'x'], /--file names enrolments, and so do/],
    ['a blank id', () => [...one, '--batch', '\u00a0'], /'--batch <id>' argument .* is invalid\. It must not be blank/],
    ['an id that is too long', () => [...one, '--user', 'x'.repeat(257)], /It has 257 bytes, at most 256 are allowed/],
    ['a file that is not there', () => ['--file', join(folder, 'nowhere')], /nowhere: no such file/],
    [
      'a bad line at the end',
      () => ['--file', linesOf('bad.jsonl', [keyOf('a'), { userId: 'b', courseId: 'c' }])],
      /bad\.jsonl, line 2: batchId is missing/,
    ],
    ['more than 1,000', () => ['--file', linesOf('many.jsonl', many)], /1,001 requests: more than 1,000 need --yes/],
    ['a rate of nothing', () => [...one, '--rate', '0'], /'--rate <n>' argument '0' is invalid/],
    ['lines to skip without a file', () => [...one, '--skip', '1'], /--skip goes with --file/],
    ['a store that is not there', () => [...one, '--embedded', join(folder, 'no-store')], /no-store is not there/],
    [
      'a topic that is not there',
      () => [...one, '--set', 'env=other'],
      /other\.batch\.enrolment\.sync\.request missing/,
    ],
  ])('%s: one line, exit code 2', async (_name, args, message) => {
    const result = await request(...args());
    expect(told(result)).toEqual([expect.stringMatching(message)]);
    expect([result.code, result.stdout]).toEqual([2, '']);
  });

  test('a Kafka that cannot be reached: one line with its address, exit code 69', async () => {
    const address = `127.0.0.1:${String(await freePort())}`;
    const settings = optionsOf({ 'kafka.broker-servers': address, 'startup.timeout': '1' });
    const result = await millrace(['request', 'reconciliation', ...one, ...settings]);
    expect([result.code, told(result)]).toEqual([69, [expect.stringContaining(address)]]);
  });

  test('a dry run says how many and what', async () => {
    const result = await request('--file', linesOf('many.jsonl', many), '--dry-run', '--format', 'json');
    expect(JSON.parse(result.stdout)).toEqual({ topic: INPUT, requests: 1_001, sent: 0, dryRun: true });
    expect(told(result)).toEqual([expect.stringMatching(/nothing was sent; the first would be .*"userId":"nobody 0"/)]);
    expect(result.code).toBe(0);
  });
});

describe('what is asked for is sent', () => {
  test('one enrolment, which the job then completes', async () => {
    const before = Date.now();
    const result = await request(...idsOf('completes now'), '--format', 'json');
    expect([result.code, JSON.parse(result.stdout)]).toEqual([
      0,
      { topic: INPUT, requests: 1, sent: 1, dryRun: false },
    ]);
    const [record] = await requests();
    expect(Buffer.from(record?.key ?? []).toString()).toBe('completes now');
    const event = JSON.parse(Buffer.from(record?.value ?? []).toString()) as { ets: number; mid: string };
    expect(event).toEqual({
      eid: 'BE_JOB_REQUEST',
      ets: record?.timestamp,
      mid: expect.stringMatching(`^LP\\.${String(event.ets)}\\.[0-9a-f-]{36}$`),
      actor: { type: 'System', id: 'Course Batch Updater' },
      context: { pdata: { ver: '1.0', id: 'org.sunbird.platform' } },
      object: { type: 'CourseBatchEnrolment', id: 'batch of completes now_completes now' },
      edata: { action: 'user-enrolment-sync', iteration: 1, ...keyOf('completes now') },
    });
    expect(event.ets).toBeGreaterThanOrEqual(before);
    const run = await millraceOk(['run', 'reconciliation', '--until-drained', '--summary', 'json', ...embedded]);
    expect(JSON.parse(run.stdout)).toMatchObject({ read: 1, processed: 1, completed: 1, certificates: 1 });
  });

  test('a file of more than 1,000, with --yes, without its beginning', async () => {
    mkdirSync(join(folder, 'lists'), { recursive: true });
    const file = linesOf('lists/many.jsonl', many);
    const sent = (await requests()).length;
    const result = await request('--file', file, '--yes', '--rate', '100000', '--skip', '1', '--format', 'json');
    expect([result.code, JSON.parse(result.stdout)]).toMatchObject([0, { requests: 1_000, sent: 1_000 }]);
    const users = (await requests()).map(({ key }) => Buffer.from(key ?? []).toString());
    expect(users).toHaveLength(sent + 1_000);
    expect(new Set(users).has('nobody 0')).toBe(false);
    expect(new Set(users).has('nobody 1000')).toBe(true);
  });
});

describe('explain, asked wrongly', () => {
  const explain = (...args: readonly string[]): Promise<CliResult> => millrace(['explain', 'reconciliation', ...args]);
  const one = idsOf('completes now');

  test.each<[string, readonly string[], RegExp]>([
    ['without a batch', [...embedded, '--user', 'u', '--course', 'c'], /required option '--batch <id>' not specified/],
    ['a blank id', [...embedded, ...one, '--user', ' '], /It must not be blank/],
    ['a time that is none', [...embedded, ...one, '--time', 'noon'], /It must be a time/],
    ['a store that is not there', [...one, '--embedded', join(folder, 'no-store')], /no-store is not there/],
    [
      'no failed topic',
      [...embedded, ...one, '--set', 'env=other'],
      /other\.enrolment\.reconciliation\.failed missing/,
    ],
    ['nowhere', one, /--embedded DIR .* kafka\.broker-servers/],
  ])('%s: one line, exit code 2', async (_name, args, message) => {
    const result = await explain(...args);
    expect(told(result)).toEqual([expect.stringMatching(message)]);
    expect([result.code, result.stdout]).toEqual([2, '']);
  });

  test('services that cannot be reached: one line with an address, exit code 69', async () => {
    const port = String(await freePort());
    const settings = optionsOf({
      'kafka.broker-servers': `127.0.0.1:${port}`,
      'lms-cassandra.port': port,
      'redis.port': port,
      'startup.timeout': '1',
    });
    const result = await explain(...one, ...settings);
    expect([result.code, told(result)]).toEqual([69, [expect.stringContaining(`:${port}`)]]);
  });
});
