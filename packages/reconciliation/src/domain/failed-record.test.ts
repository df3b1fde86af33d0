import { describe, expect, test } from '@jest/globals';
import type { ConsumerRecord } from '@millrace/core';
import fc from 'fast-check';
import { record, syncEvent } from '../test-support/records.js';
import type { Failure } from './codes.js';
import { failedRecord } from './failed-record.js';

const options = { jobName: 'enrolment-reconciliation', maxBytes: 900_000 };
const failure: Failure = {
  code: 'ERR_LEAF_NODES_MISSING',
  error: 'no leaf nodes for C (Live)',
  stage: 'aggregate',
  attempts: 5,
};
const make = (input: ConsumerRecord, over: Partial<Failure> = {}, maxBytes = options.maxBytes) =>
  failedRecord(input, { ...failure, ...over }, { ...options, maxBytes });

interface FailedValue {
  rawValue?: string | null;
  truncated?: true;
  bytes?: number;
  failInfo: Record<string, unknown>;
}
const valueOf = ({ value }: { value: unknown }): FailedValue => JSON.parse(value as string) as FailedValue;

describe('the failed event of a request', () => {
  test('is the request with what went wrong put in, as in the contract', () => {
    const value = syncEvent();
    expect(make(record(value)).value).toBe(
      `${value.slice(0, -1)},"jobName":"enrolment-reconciliation","failInfo":{"code":"ERR_LEAF_NODES_MISSING","error":"no leaf nodes for C (Live)","stage":"aggregate","topic":"dev.batch.enrolment.sync.request","partition":0,"offset":"12","timestamp":1683556693275,"attempts":5,"rounds":1}}`,
    );
  });

  test('has the key of the request, whatever it is', () => {
    const key = Buffer.from([0xff, 0x00]);
    expect(make(record('{}', { key })).key).toBe(key);
    expect(make(record('{}', { key: null })).key).toBeNull();
  });

  test('says the same in text headers, without one that would be null', () => {
    expect(make(record('{}')).headers).toEqual({
      'millrace.error.code': 'ERR_LEAF_NODES_MISSING',
      'millrace.error.message': 'no leaf nodes for C (Live)',
      'millrace.error.stage': 'aggregate',
      'millrace.error.topic': 'dev.batch.enrolment.sync.request',
      'millrace.error.partition': '0',
      'millrace.error.offset': '12',
      'millrace.error.timestamp': '1683556693275',
      'millrace.error.attempts': '5',
      'millrace.error.rounds': '1',
    });
    const without = make(record('{}', { timestamp: undefined }));
    expect(without.headers).not.toHaveProperty('millrace.error.timestamp');
    expect(valueOf(without).failInfo).toMatchObject({ timestamp: null });
  });

  test('leaves the byte order mark out', () => {
    expect(make(record('\uFEFF{"a":1}')).value.startsWith('{"a":1,"jobName"')).toBe(true);
  });

  test('has an error of at most 1,000 characters, in the value and in the header', () => {
    const made = make(record('{}'), { error: `${'x'.repeat(999)}😀` });
    expect(valueOf(made).failInfo['error']).toBe('x'.repeat(999));
    expect(made.headers['millrace.error.message']).toBe('x'.repeat(999));
  });

  test.each([
    [1, 2],
    [7, 8],
    [0, 1],
    [-3, 1],
    [1.5, 1],
    ['2', 1],
    [null, 1],
    [[2], 1],
  ])('after a failInfo with rounds %p is in round %d', (rounds, expected) => {
    const made = make(record(syncEvent({}, { failInfo: { rounds } })));
    expect(valueOf(made).failInfo['rounds']).toBe(expected);
    expect(made.headers['millrace.error.rounds']).toBe(String(expected));
  });

  test.each(['5', 'null', '[]', '"x"', '{"__proto__":{"rounds":4}}'])('ignores a failInfo of %s', (failInfo) => {
    expect(valueOf(make(record(`{"failInfo":${failInfo}}`))).failInfo['rounds']).toBe(1);
  });

  test('can be sent back as it is: the round grows, nothing else changes', () => {
    const once = make(record(syncEvent()));
    const twice = make(record(once.value));
    expect(twice.value).toBe(once.value.replace('"rounds":1', '"rounds":2'));
  });
});

describe('the failed event of what cannot be parsed', () => {
  test.each([
    ['null', null, null],
    ['broken JSON', Buffer.from('{"a":'), 'eyJhIjo='],
    ['an array', Buffer.from('[1]'), 'WzFd'],
    ['invalid UTF-8', Buffer.from([0xff, 0xfe]), '//4='],
    ['a byte order mark alone', Buffer.from('\uFEFF'), '77u/'],
    ['a view into a larger buffer', new Uint8Array([1, 0xff, 2]).subarray(1, 2), '/w=='],
  ])('has the bytes in base64: %s', (_name, value, rawValue) => {
    const made = make(record(value), { code: 'ERR_UNPARSEABLE_EVENT' });
    expect(valueOf(made).rawValue).toBe(rawValue);
    expect(Object.keys(valueOf(made))).toEqual(['rawValue', 'jobName', 'failInfo']);
  });
});

describe('a failed event that is too large', () => {
  const LIMIT = 262_144;
  const sizeOf = (made: ReturnType<typeof make>): number =>
    (made.key?.length ?? 0) +
    Buffer.byteLength(made.value) +
    Object.entries(made.headers).reduce((sum, each) => sum + Buffer.byteLength(each.join('')), 0);
  const padded = (length: number, key: Uint8Array | null = null): ConsumerRecord =>
    record(`{"p":"${'é'.repeat(length)}"}`, { key });

  test('keeps its fields up to the limit, counting key, value and headers', () => {
    const base = sizeOf(make(padded(0), {}, LIMIT));
    const room = Math.floor((LIMIT - base) / 2);
    const fits = make(padded(room), {}, LIMIT);
    expect(sizeOf(fits)).toBeGreaterThan(LIMIT - 2);
    expect(valueOf(fits).truncated).toBeUndefined();
    expect(valueOf(make(padded(room + 1), {}, LIMIT)).truncated).toBe(true);
    expect(valueOf(make(padded(room, Buffer.alloc(2)), {}, LIMIT)).truncated).toBe(true);
  });

  test('carries the first 64 KiB and how many bytes there were', () => {
    const input = padded(200_000, Buffer.from('U'));
    const made = make(input, {}, LIMIT);
    const value = valueOf(made);
    expect(Object.keys(value)).toEqual(['rawValue', 'truncated', 'bytes', 'jobName', 'failInfo']);
    expect(Buffer.from(value.rawValue ?? '', 'base64')).toEqual(Buffer.from(input.value!.subarray(0, 65_536)));
    expect(value.bytes).toBe(400_008);
    expect(made.key).toBe(input.key);
    expect(sizeOf(made)).toBeLessThan(LIMIT);
  });

  test('keeps the round of the event that it cuts', () => {
    const made = make(record(syncEvent({}, { failInfo: { rounds: 3 }, p: 'x'.repeat(LIMIT) })), {}, LIMIT);
    expect(valueOf(made)).toMatchObject({ truncated: true, failInfo: { rounds: 4 } });
  });

  test('leaves out a key over 64 KiB', () => {
    expect(make(padded(0, Buffer.alloc(65_536)), {}, LIMIT).key).not.toBeNull();
    expect(make(padded(200_000, Buffer.alloc(65_536)), {}, LIMIT).key).not.toBeNull();
    expect(make(padded(200_000, Buffer.alloc(65_537)), {}, LIMIT).key).toBeNull();
    const keyAlone = make(record(null, { key: Buffer.alloc(300_000) }), {}, LIMIT);
    expect(keyAlone.key).toBeNull();
    expect(valueOf(keyAlone)).toMatchObject({ rawValue: null, truncated: true, bytes: 0 });
  });

  test('can be asked for by a sink whose broker allows less', () => {
    const whole = make(record(syncEvent()));
    const cut = whole.truncated();
    expect(valueOf(cut)).toMatchObject({ truncated: true, bytes: Buffer.byteLength(syncEvent()) });
    expect(valueOf(cut).failInfo).toEqual(valueOf(whole).failInfo);
    expect(cut.headers).toEqual(whole.headers);
    expect(cut.key).toBe(whole.key);
  });

  test('never exceeds the smallest limit that can be configured', () => {
    fc.assert(
      fc.property(
        fc.nat(400_000),
        fc.nat(400_000),
        fc.string({ unit: 'binary', maxLength: 3_000 }),
        (value, key, error) => {
          const made = make(record(Buffer.alloc(value, 0x7b), { key: Buffer.alloc(key) }), { error }, LIMIT);
          expect(sizeOf(made)).toBeLessThanOrEqual(LIMIT);
        },
      ),
      { numRuns: 50 },
    );
  });
});
