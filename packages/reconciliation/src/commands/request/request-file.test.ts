import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { EnrolmentKey } from '../../domain/model.js';
import { enrolmentsIn } from './request-file.js';

const folder = mkdtempSync(join(tmpdir(), 'millrace-request-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function read(...lines: readonly (string | object)[]): Promise<EnrolmentKey[]> {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  writeFileSync(join(folder, 'requests.jsonl'), text);
  const all: EnrolmentKey[] = [];
  for await (const keys of enrolmentsIn('requests.jsonl', folder, new AbortController().signal)) all.push(...keys);
  return all;
}

const key = { userId: 'u', courseId: 'c', batchId: 'b' };

describe('enrolments of a file', () => {
  test('one a line; further fields, blank lines and a byte order mark are passed over', async () => {
    const hostile = { userId: '__proto__', courseId: '"\u0000\n', batchId: 'é'.repeat(128) };
    expect(await read(`\ufeff${JSON.stringify({ ...key, outcome: 'completes' })}`, '', hostile, '  ')).toEqual([
      key,
      hostile,
    ]);
  });

  test('none', async () => {
    expect(await read()).toEqual([]);
  });

  test.each<[string, string | object, string]>([
    ['broken JSON', '{"userId":', 'line 2: broken JSON'],
    ['no object', '[]', 'line 2: a line must be an object'],
    ['a missing id', { userId: 'u', courseId: 'c' }, 'line 2: batchId is missing'],
    ['an id of another type', { ...key, userId: 7 }, 'line 2: userId must be a string, not a number'],
    ['a blank id', { ...key, courseId: ' \t' }, 'line 2: courseId is blank'],
    [
      'half of a surrogate pair',
      '{"userId":"\\ud800","courseId":"c","batchId":"b"}',
      'line 2: userId is not well-formed',
    ],
    ['an id that is too long', { ...key, batchId: 'é'.repeat(129) }, 'line 2: batchId has 258 bytes, at most 256'],
  ])('%s: file, line and reason', async (_name, line, message) => {
    await expect(read(key, line, key)).rejects.toThrow(`--file requests.jsonl, ${message}`);
  });

  test.each(['nowhere.jsonl', '.'])('%s: no such file', async (name) => {
    const reading = enrolmentsIn(name, folder, new AbortController().signal).next();
    await expect(reading).rejects.toThrow(`--file ${name}: no such file`);
  });
});
