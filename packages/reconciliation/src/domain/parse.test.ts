import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { record, syncEvent } from '../test-support/records.js';
import { MAX_TIME, parseRecord } from './parse.js';
import type { ParsedRecord } from './parse.js';

const parse = (value: string | Uint8Array | null): ParsedRecord => parseRecord(record(value));

const codeOf = (parsed: ParsedRecord): string => (parsed.kind === 'failure' ? parsed.code : parsed.kind);
const errorOf = (parsed: ParsedRecord): string => (parsed.kind === 'failure' ? parsed.error : '');

describe('what is no event', () => {
  test.each([
    ['a null value', null],
    ['an empty value', ''],
    ['broken JSON', '{"edata":'],
    ['two documents', '{}{}'],
    ['a comment', '{}//'],
    ['a trailing comma', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['NaN', '{"a":NaN}'],
    ['a leading zero', '{"a":01}'],
    ['a raw newline in a string', '{"a":"\n"}'],
    ['an array', '[{"edata":{}}]'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['a number', '1'],
    ['two byte order marks', '\uFEFF\uFEFF{}'],
    ['a blank that JSON does not know', '\u00A0{}'],
    ['deep nesting that is not closed', '['.repeat(200_000)],
  ])('%s cannot be parsed', (_name, value) => {
    expect(codeOf(parse(value))).toBe('ERR_UNPARSEABLE_EVENT');
  });

  test.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a cut sequence', [0xf0, 0x9f, 0x98]],
  ])('invalid UTF-8 in a string cannot be parsed: %s', (_name, bytes) => {
    const value = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(errorOf(parse(value))).toBe('the value is not valid UTF-8');
  });
});

describe('what is not for this job', () => {
  test.each([
    ['no edata', '{}'],
    ['edata null', '{"edata":null}'],
    ['edata a string', '{"edata":"user-enrolment-sync"}'],
    ['edata an array', '{"edata":[{"action":"user-enrolment-sync"}]}'],
    ['no action', '{"edata":{}}'],
    ['an action of another type', '{"edata":{"action":["user-enrolment-sync"]}}'],
    ['another action', '{"edata":{"action":"batch-enrolment-sync"}}'],
    ['an action with blanks', '{"edata":{"action":" user-enrolment-sync"}}'],
    ['an action with a line end', '{"edata":{"action":"user-enrolment-sync\\n"}}'],
    ['an action that looks alike beyond ASCII', '{"edata":{"action":"u\u017Fer-enrolment-sync"}}'],
    ['edata in the prototype', '{"__proto__":{"edata":{"action":"user-enrolment-sync"}}}'],
    ['action in the prototype', '{"edata":{"__proto__":{"action":"user-enrolment-sync"}}}'],
    ['a later edata without an action', '{"edata":{"action":"user-enrolment-sync"},"edata":{}}'],
  ])('%s is skipped', (_name, value) => {
    expect(parse(value).kind).toBe('skipped');
  });
});

describe('ids', () => {
  test.each([
    ['missing', undefined],
    ['null', null],
    ['a number', 5],
    ['an object', {}],
    ['empty', ''],
    ['blank', ' \t\n'],
    ['blank beyond ASCII', '\u00A0\u3000\uFEFF'],
    ['257 bytes', 'a'.repeat(257)],
    ['more than 256 bytes in fewer characters', 'é'.repeat(129)],
    ['half a pair', 'U\uD83D'],
  ])('%s is invalid, for each of the three', (_name, id) => {
    for (const name of ['userId', 'courseId', 'batchId']) {
      const parsed = parse(syncEvent({ [name]: id }));
      expect(codeOf(parsed)).toBe('ERR_INVALID_EVENT');
      expect(errorOf(parsed)).toContain(`edata.${name} `);
    }
  });

  test('inherited ids do not count', () => {
    const parsed = parse(
      '{"edata":{"action":"user-enrolment-sync","__proto__":{"userId":"U"},"courseId":"C","batchId":"B"}}',
    );
    expect(errorOf(parsed)).toBe('edata.userId is missing');
  });

  test('any well-formed text of at most 256 bytes is used as it is', () => {
    const id = fc
      .oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }),
        fc.constantFrom(
          '__proto__',
          '"\\',
          "'; DROP TABLE x;--",
          '$1',
          ' padded ',
          '{"a":1}',
          '\u0000',
          'a'.repeat(256),
        ),
      )
      .filter((text) => !/^\s*$/u.test(text));
    fc.assert(
      fc.property(id, id, id, (userId, courseId, batchId) => {
        expect(parse(syncEvent({ userId, courseId, batchId }))).toMatchObject({
          kind: 'request',
          request: { userId, courseId, batchId },
        });
      }),
    );
  });
});

describe('a request', () => {
  test('keeps its record and takes its time from it', () => {
    const input = record(syncEvent({}, { ets: 5 }), { offset: 7, timestamp: 99 });
    const parsed = parseRecord(input);
    expect(parsed).toEqual({
      kind: 'request',
      request: { userId: 'U', courseId: 'C', batchId: 'B', time: 99, record: input },
    });
    expect(parsed.kind === 'request' && parsed.request.record).toBe(input);
  });

  test('without a timestamp has the time of its ets', () => {
    const parsed = parseRecord(record(syncEvent({}, { ets: 5 }), { timestamp: undefined }));
    expect(parsed).toMatchObject({ kind: 'request', request: { time: 5 } });
  });

  test.each([undefined, null, '5', 1.5, -1, MAX_TIME + 1, 1e300])('with ets %p and no timestamp has no time', (ets) => {
    const parsed = parseRecord(record(syncEvent({}, { ets }), { timestamp: undefined }));
    expect(codeOf(parsed)).toBe('ERR_INVALID_EVENT');
    expect(errorOf(parsed)).toMatch(/^ets must be a whole number/);
  });

  test.each([0, MAX_TIME])('may be of %d', (timestamp) => {
    expect(parseRecord(record(syncEvent(), { timestamp }))).toMatchObject({ request: { time: timestamp } });
  });

  test.each([-1, MAX_TIME + 1])('may not be of %d, whatever its ets', (timestamp) => {
    expect(errorOf(parseRecord(record(syncEvent(), { timestamp })))).toMatch(/^the record's timestamp/);
  });

  test('an ets of -0 is 0', () => {
    const value = syncEvent().replace('"ets":1683556693275', '"ets":-0');
    const parsed = parseRecord(record(value, { timestamp: undefined }));
    expect(parsed.kind === 'request' && Object.is(parsed.request.time, 0)).toBe(true);
  });

  test('the action is compared without regard to ASCII case', () => {
    expect(parse(syncEvent({ action: 'USER-Enrolment-SYNC' })).kind).toBe('request');
  });

  test('a byte order mark is tolerated', () => {
    expect(parse(`\uFEFF${syncEvent()}`).kind).toBe('request');
  });

  test('of equal names the last one counts', () => {
    const value = syncEvent().replace('"userId":"U"', '"userId":"first","userId":"last"');
    expect(parse(value)).toMatchObject({ request: { userId: 'last' } });
  });
});

test('what somebody put into the prototype of all objects is no field of an event', () => {
  Object.defineProperty(Object.prototype, 'edata', { value: { action: 'user-enrolment-sync' }, configurable: true });
  try {
    expect(parse('{}').kind).toBe('skipped');
  } finally {
    Reflect.deleteProperty(Object.prototype, 'edata');
  }
});

test('no bytes at all make the parser throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (value) => {
        expect(['request', 'skipped', 'failure']).toContain(parseRecord(record(value)).kind);
      },
    ),
  );
});
