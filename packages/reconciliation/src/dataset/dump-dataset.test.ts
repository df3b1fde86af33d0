import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConsumerRecord } from '@millrace/core';
import type { CommandReport } from '@millrace/runner';
import { dumpDataset } from './dump-dataset.js';
import { MemoryDataset } from './memory-dataset.conformance.js';
import type { CellValue } from './table-schema.js';
import { ownAudits } from './record-line.js';
import { userActivityAgg, userEnrolments } from './table-schema.js';

describe('dumping a data set', () => {
  let folder: string;
  let origin: MemoryDataset;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-dump-test-'));
    origin = new MemoryDataset({ searchIsOurs: true });
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const dump = (): Promise<CommandReport> =>
    dumpDataset(origin, {
      out: join(folder, 'new', 'out'),
      tables: [
        ['enrolments', userEnrolments],
        ['aggregates', userActivityAgg],
      ],
      topics: { certificates: 'certs', audit: 'telemetry', failed: 'failed' },
      own: { audit: ownAudits('enrol-complete') },
      signal: new AbortController().signal,
      progress: () => {},
    });
  const text = (name: string): Promise<string> => readFile(join(folder, 'new', 'out', `${name}.jsonl`), 'utf8');
  const record = (topic: string, partition: number, offset: number, fields: Partial<ConsumerRecord> = {}): void => {
    const whole = { topic, partition, offset, timestamp: 5, key: null, value: null, headers: {}, ...fields };
    origin.logs.set(topic, [...(origin.logs.get(topic) ?? []), whole]);
  };

  test('rows come sorted by their keys as UTF-8 bytes, column by column', async () => {
    const keys = [
      ['b', 'a', 'a'],
      ['a', 'ab', 'a'],
      ['a', 'a', 'z'],
      ['a', 'a\u0000', 'a'],
      ['\uffee', 'a', 'a'],
      ['😀', 'a', 'a'],
      ['B', 'a', 'a'],
    ];
    origin.rows.set(
      userEnrolments,
      keys.map((key) => ({ key, columns: new Map() })),
    );
    await dump();
    const lines = (await text('enrolments')).trim().split('\n');
    expect(lines.map((line) => Object.values(JSON.parse(line) as Record<string, string>))).toEqual([
      ['B', 'a', 'a'],
      ['a', 'a', 'z'],
      ['a', 'a\u0000', 'a'],
      ['a', 'ab', 'a'],
      ['b', 'a', 'a'],
      ['\uffee', 'a', 'a'],
      ['😀', 'a', 'a'],
    ]);
  });

  test('columns that are null or empty are left out, the others have their own names', async () => {
    const columns = new Map<string, CellValue>([
      ['active', false],
      ['status', 0],
      ['completedon', 7],
      ['progress', null],
      [
        'contentstatus',
        new Map([
          ['__proto__', 1],
          ['b', 2],
        ]),
      ],
      ['issued_certificates', [new Map([['name', 'n']])]],
      ['certificates', []],
    ]);
    origin.rows.set(userEnrolments, [{ key: ['u', 'c', 'b'], columns }]);
    origin.rows.set(userActivityAgg, [
      {
        key: ['Course', 'c', 'u', 'cb:b'],
        columns: new Map<string, CellValue>([
          ['aggregates', new Map([['completedCount', 3]])],
          ['agg_details', ['x']],
        ]),
      },
    ]);
    expect((await dump()).counts).toEqual({ enrolments: 1, aggregates: 1, certificates: 0, audit: 0, failed: 0 });
    expect(await text('enrolments')).toBe(
      '{"userid":"u","courseid":"c","batchid":"b","active":false,"status":0,"completedon":7,"contentstatus":{"__proto__":1,"b":2},"issued_certificates":[{"name":"n"}]}\n',
    );
    expect(await text('aggregates')).toBe(
      '{"activity_type":"Course","activity_id":"c","user_id":"u","context_id":"cb:b","aggregates":{"completedCount":3},"agg_details":["x"]}\n',
    );
  });

  test('records come in topic order with decimal offsets', async () => {
    record('certs', 1, 0, { key: Buffer.from('k'), value: Buffer.from('{"a":1}') });
    record('certs', 0, 10);
    record('certs', 0, 9, { timestamp: undefined });
    await dump();
    expect(await text('certificates')).toBe(
      '{"topic":"certs","partition":0,"offset":"9","key":null,"headers":{},"timestamp":null,"value":null}\n' +
        '{"topic":"certs","partition":0,"offset":"10","key":null,"headers":{},"timestamp":5,"value":null}\n' +
        '{"topic":"certs","partition":1,"offset":"0","key":"k","headers":{},"timestamp":5,"value":"{\\"a\\":1}"}\n',
    );
  });

  test('bytes that are no text become base64, repeated headers an array', async () => {
    const bytes = Buffer.from([0xff, 0x00]);
    record('failed', 0, 0, {
      key: bytes,
      value: bytes,
      headers: { a: Buffer.from('x'), b: bytes, c: ['1', bytes], d: undefined, ['__proto__']: 'p' },
    });
    await dump();
    const [line = ''] = (await text('failed')).split('\n');
    expect(line).toBe(
      '{"topic":"failed","partition":0,"offset":"0","keyBase64":"/wA=","headers":{"a":"x","b":{"base64":"/wA="},"c":["1",{"base64":"/wA="}],"__proto__":"p"},"timestamp":5,"valueBase64":"/wA="}',
    );
  });

  test('of the shared telemetry topic only the completions of this job are dumped', async () => {
    const event = (type: string, pid: string): Buffer =>
      Buffer.from(JSON.stringify({ edata: { type }, context: { pdata: { pid } } }));
    record('telemetry', 0, 0, { value: event('enrol-complete', 'course-progress-updater') });
    record('telemetry', 0, 1, { value: event('enrol-complete', 'activity-aggregator-actor') });
    record('telemetry', 0, 2, { value: event('complete', 'course-progress-updater') });
    record('telemetry', 0, 3, { value: Buffer.from('"enrol-complete"') });
    record('telemetry', 0, 4, { value: Buffer.from('{"enrol-complete') });
    record('telemetry', 0, 5, { value: Buffer.from([0xff]) });
    record('telemetry', 0, 6);
    expect((await dump()).counts['audit']).toBe(1);
    expect((JSON.parse(await text('audit')) as { offset: string }).offset).toBe('0');
  });

  test('a topic that is not there gives an empty file and a note', async () => {
    const { notes } = await dump();
    expect(notes).toHaveLength(3);
    expect(await text('failed')).toBe('');
  });
});
