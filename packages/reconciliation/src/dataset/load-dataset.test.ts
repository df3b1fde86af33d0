import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { partitionForKey } from '@millrace/core';
import type { CommandReport } from '@millrace/runner';
import { DatasetError } from '@millrace/runner';
import { checkDataset, datasetParsers } from './check-dataset.js';
import { embeddedKeyBounds } from './lines.js';
import { loadDataset } from './load-dataset.js';
import { MemoryDataset } from './memory-dataset.conformance.js';
import { datasetTables, userContentConsumption, userEnrolments } from './table-schema.js';

const NOW = 1_750_000_000_000;
const never = new AbortController().signal;

describe('loading a data set', () => {
  let folder: string;
  let target: MemoryDataset;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-load-'));
    target = new MemoryDataset({ searchIsOurs: true });
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const put = (file: string, ...lines: (object | string | Buffer)[]): Promise<void> =>
    writeFile(
      join(folder, file),
      Buffer.concat(
        lines.map((line) =>
          Buffer.isBuffer(line)
            ? line
            : Buffer.from(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`, 'utf8'),
        ),
      ),
    );
  const load = async (options: { partitions?: number; embedded?: boolean } = {}): Promise<CommandReport> => {
    const parsers = datasetParsers(datasetTables, options.embedded === false ? undefined : embeddedKeyBounds, NOW);
    const facts = await checkDataset(folder, parsers, never, () => {});
    return loadDataset(target, {
      folder,
      facts,
      parsers,
      inputTopic: 'in',
      outputTopics: ['failed', 'audit', 'certificates'],
      partitions: options.partitions,
      now: NOW,
      signal: never,
      progress: () => {},
    });
  };
  const problem = async (): Promise<[string, number | undefined, string]> => {
    try {
      await load();
    } catch (error) {
      if (error instanceof DatasetError) return [error.file, error.line, error.reason];
      throw error;
    }
    throw new Error('loaded');
  };
  const ids = { userid: 'u', courseid: 'c', batchid: 'b' };

  test('loads every file, requests last, and says how much', async () => {
    await put('consumption.jsonl', { ...ids, contentid: 'x', status: 2 }, { ...ids, contentid: 'y', status: null });
    await put('enrolments.jsonl', { ...ids, status: 1, contentstatus: { x: 2 } });
    await put('relations.jsonl', { key: 'c:c:leafnodes', members: ['x', 'y'] });
    await put('collections.jsonl', { identifier: 'c', status: 'Live' });
    await put('requests.jsonl', { key: 'u', value: '{}' });
    expect(await load()).toEqual({
      counts: { consumption: 2, enrolments: 1, aggregates: 0, relations: 1, collections: 1, requests: 1 },
      notes: [],
    });
    expect(target.steps).toEqual([
      'check columns',
      'create in',
      'create failed',
      'create audit',
      'create certificates',
      'consumption.jsonl',
      'enrolments.jsonl',
      'relations',
      'collections',
      'append to in',
    ]);
    expect(target.rows.get(userEnrolments)).toEqual([
      {
        key: ['u', 'c', 'b'],
        columns: new Map<string, unknown>([
          ['status', 1],
          ['contentstatus', new Map([['x', 2]])],
        ]),
      },
    ]);
    expect(target.columns.get(userContentConsumption)).toEqual(
      new Set(['userid', 'courseid', 'batchid', 'contentid', 'status']),
    );
  });

  test('missing files are no rows; the topics are made all the same', async () => {
    const { counts } = await load();
    expect(Object.values(counts)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(target.topics.get('in')).toEqual({ partitions: 4, retentionMs: undefined });
  });

  test('a folder that is not there is said', async () => {
    folder = join(folder, 'nowhere');
    expect(await problem()).toEqual([folder, undefined, 'no such folder']);
  });

  test('collections are left out where the search service is somebody else, and that is said', async () => {
    target = new MemoryDataset({ searchIsOurs: false });
    await put('collections.jsonl', { identifier: 'c', status: 'Live' });
    const report = await load();
    expect(report.counts['collections']).toBe(0);
    expect(report.notes).toEqual([expect.stringContaining('collections.jsonl is left out')]);
  });

  test('null sets null, absent columns stay absent, any column of the consumption table may follow', async () => {
    await put('consumption.jsonl', { ...ids, contentid: 'x', status: null, viewcount: 3, completionpercentage: 0.5 });
    await load();
    expect(target.rows.get(userContentConsumption)?.[0]?.columns).toEqual(
      new Map([
        ['status', null],
        ['viewcount', 3],
        ['completionpercentage', 0.5],
      ]),
    );
  });

  test('requests go where they say, else where murmur2 puts their key, keyless ones take turns', async () => {
    await put(
      'requests.jsonl',
      { key: 'user-7', value: 'a', timestamp: 5 },
      { value: 'b' },
      { key: null, value: null },
      { key: 'user-7', valueBase64: '/w==', partition: 3 },
    );
    await load();
    expect(target.appended).toEqual([
      {
        key: Buffer.from('user-7'),
        value: Buffer.from('a'),
        timestamp: 5,
        partition: partitionForKey(Buffer.from('user-7'), 4),
      },
      { key: null, value: Buffer.from('b'), timestamp: NOW, partition: 0 },
      { key: null, value: null, timestamp: NOW, partition: 1 },
      { key: Buffer.from('user-7'), value: Buffer.from([255]), timestamp: NOW, partition: 3 },
    ]);
  });

  test('a record of a dump is a request', async () => {
    const dumped = { topic: 'failed', partition: 1, offset: '7', keyBase64: '/w==', headers: { a: 'b' }, timestamp: 9 };
    await put('requests.jsonl', { ...dumped, value: '{}' });
    await load();
    expect(target.appended).toEqual([
      { key: Buffer.from([255]), value: Buffer.from('{}'), timestamp: 9, partition: 1 },
    ]);
  });

  test.each([
    [undefined, undefined, 4],
    [2, undefined, 2],
    [2, 6, 7],
    [undefined, 1, 4],
  ])('--partitions %s and highest partition %s make %s partitions of each topic', async (partitions, highest, made) => {
    if (highest !== undefined) await put('requests.jsonl', { key: 'u', value: '', partition: highest });
    await load(partitions === undefined ? {} : { partitions });
    expect([...target.topics.values()].map((topic) => topic.partitions)).toEqual([made, made, made, made]);
  });

  test('an existing topic keeps its partitions; a request beyond them stops the load', async () => {
    target.topics.set('in', { partitions: 2, retentionMs: undefined });
    await put('requests.jsonl', { key: 'u', value: '', partition: 1 });
    await load({ partitions: 8 });
    expect(target.topics.get('in')?.partitions).toBe(2);
    target.steps.length = 0;
    await put('requests.jsonl', { key: 'u', value: '' }, { key: 'u', value: '', partition: 2 });
    expect(await problem()).toEqual(['requests.jsonl', 2, 'partition 2 does not exist, topic in has 2']);
    expect(target.steps).toEqual(['check columns']);
  });

  test('an existing topic that would delete the requests is warned of', async () => {
    target.topics.set('in', { partitions: 1, retentionMs: 1_000 });
    await put('requests.jsonl', { key: 'u', value: '', timestamp: NOW - 2_000 });
    expect((await load()).notes).toEqual([expect.stringContaining('retention.ms')]);
    await put('requests.jsonl', { key: 'u', value: '', timestamp: NOW - 500 });
    expect((await load()).notes).toEqual([]);
  });

  test('blank lines, a byte order mark and Windows line ends are passed over; lines are counted', async () => {
    await put('relations.jsonl', '\ufeff{"key":"a","members":[]}\r', '', '   ', '{"key":"b"}');
    expect(await problem()).toEqual(['relations.jsonl', 4, 'members is missing']);
  });

  test('a line beyond the first block is found by its number', async () => {
    const many = Array.from({ length: 9_000 }, (_, i) => ({ ...ids, contentid: `content-${String(i)}`, status: 2 }));
    await put('consumption.jsonl', ...many, { ...ids, contentid: 'bad', status: 2.5 });
    expect(await problem()).toEqual(['consumption.jsonl', 9_001, 'status must be a 32-bit integer, not 2.5']);
    await put('consumption.jsonl', ...many, Buffer.from([0x7b, 0xff, 0x7d, 0x0a]), { ...ids, contentid: 'x' });
    expect(await problem()).toEqual(['consumption.jsonl', 9_001, 'no valid UTF-8']);
  });

  test.each<[string, object | string, string]>([
    ['consumption.jsonl', '{"userid":', 'broken JSON'],
    ['consumption.jsonl', '[]', 'a line must be an object, not an array'],
    ['consumption.jsonl', { ...ids, status: 2 }, 'contentid is missing'],
    ['consumption.jsonl', { ...ids, contentid: '\u00a0 \t', status: 2 }, 'contentid is blank'],
    ['consumption.jsonl', { ...ids, contentid: null }, 'contentid must be a text, not null'],
    ['consumption.jsonl', { ...ids, contentid: 7 }, 'contentid must be a text, not 7'],
    [
      'consumption.jsonl',
      '{"userid":"u","courseid":"c","batchid":"b","contentid":"\\ud800"}',
      'contentid has a lone surrogate, which UTF-8 cannot hold',
    ],
    [
      'consumption.jsonl',
      { ...ids, contentid: 'é'.repeat(129) },
      'contentid has 258 bytes, the embedded store takes at most 256',
    ],
    ['consumption.jsonl', { ...ids, contentid: 'x', status: '2' }, 'status must be a 32-bit integer, not the text "2"'],
    [
      'consumption.jsonl',
      { ...ids, contentid: 'x', status: 2_147_483_648 },
      'status must be a 32-bit integer, not 2147483648',
    ],
    ['consumption.jsonl', { ...ids, contentid: 'x', progres: 1 }, 'user_content_consumption has no column "progres"'],
    ['enrolments.jsonl', { ...ids, active: 'yes' }, 'active must be true, false or null, not the text "yes"'],
    [
      'enrolments.jsonl',
      { ...ids, completedon: '2024-01-01' },
      'completedon must be a whole number of milliseconds since 1970, not the text "2024-01-01"',
    ],
    [
      'enrolments.jsonl',
      { ...ids, completedon: 9e15 },
      'completedon must be a whole number of milliseconds since 1970, not 9000000000000000',
    ],
    [
      'enrolments.jsonl',
      { ...ids, contentstatus: { a: null } },
      'contentstatus["a"] must be a 32-bit integer, not null',
    ],
    ['enrolments.jsonl', { ...ids, contentstatus: [] }, 'contentstatus must be an object, not an array'],
    [
      'enrolments.jsonl',
      { ...ids, issued_certificates: [{ name: 1 }] },
      'issued_certificates[0]["name"] must be a text, not 1',
    ],
    ['aggregates.jsonl', { activity_type: 'Course', activity_id: 'c', user_id: 'u' }, 'context_id is missing'],
    [
      'aggregates.jsonl',
      { activity_type: 'Course', activity_id: 'c', user_id: 'u', context_id: `cb:${'x'.repeat(298)}` },
      'context_id has 301 bytes, the embedded store takes at most 300',
    ],
    [
      'aggregates.jsonl',
      '{"activity_type":"C","activity_id":"c","user_id":"u","context_id":"x","aggregates":{"a":1e999}}',
      'aggregates["a"] must be a finite number, not Infinity',
    ],
    ['relations.jsonl', { key: 'k', members: 'a' }, 'members must be an array of texts, not the text "a"'],
    ['relations.jsonl', { members: [] }, 'key is missing'],
    ['collections.jsonl', { identifier: 'x' }, 'status is missing'],
    ['requests.jsonl', { key: 1 }, 'key must be a text, not 1'],
    ['requests.jsonl', { value: {} }, 'value must be a text, not an object'],
    ['requests.jsonl', { valueBase64: 'a b=' }, 'valueBase64 is not valid base64'],
    ['requests.jsonl', { value: 'a', valueBase64: 'YQ==' }, 'value and valueBase64 exclude each other'],
    ['requests.jsonl', { partition: -1 }, 'partition must be a whole number from 0 to 9999, not -1'],
    ['requests.jsonl', { timestamp: -1 }, 'timestamp must be a whole number of milliseconds from 0, not -1'],
    ['requests.jsonl', { timestamp: 1.5 }, 'timestamp must be a whole number of milliseconds from 0, not 1.5'],
    ['requests.jsonl', { timestamp: NOW + 3_600_001 }, `timestamp ${String(NOW + 3_600_001)} is over an hour ahead`],
  ])('%s: %j is refused, and nothing is written', async (file, line, reason) => {
    await put('consumption.jsonl', { ...ids, contentid: 'good', status: 2 });
    await put(file, line);
    expect(await problem()).toEqual([file, 1, reason]);
    expect(target.steps).toEqual([]);
  });

  test('a request that the embedded log cannot hold is refused before anything is written', async () => {
    await put('consumption.jsonl', { ...ids, contentid: 'good', status: 2 });
    await put('requests.jsonl', { key: 'k', value: 'x'.repeat(9_000_000) });
    const reason = 'key and value have 9000001 bytes, the embedded store takes at most 8387584';
    expect(await problem()).toEqual(['requests.jsonl', 1, reason]);
    expect(target.steps).toEqual([]);
    expect((await load({ embedded: false })).counts['requests']).toBe(1);
  });

  test('with services long keys are the database own business', async () => {
    await put('consumption.jsonl', { ...ids, contentid: 'x'.repeat(5_000), status: -2_147_483_648 });
    expect((await load({ embedded: false })).counts['consumption']).toBe(1);
  });

  test('a file that is a folder is said', async () => {
    await mkdir(join(folder, 'requests.jsonl'));
    expect(await problem()).toEqual(['requests.jsonl', undefined, 'is not a file']);
  });
});
