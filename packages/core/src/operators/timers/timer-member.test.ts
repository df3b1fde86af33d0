import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { memberOf, timerOf } from './timer-member.js';

const timestamps = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(0, -1, 2 ** 32, 2 ** 32 - 1, -(2 ** 32)),
);
// Any 16-bit units: halves of surrogate pairs too.
const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\ud800', '\udfff', '\ud83c\udf0a', 'n1', 'lé', 'u'),
);
const keys = fc.oneof(
  texts,
  fc.double({ noNaN: true }).map((key) => key + 0),
  fc.integer(),
);

describe('the byte string of a timer', () => {
  test('gives the timer back, whatever its time, key and namespace', () => {
    fc.assert(
      fc.property(timestamps, keys, texts, (timestamp, key, namespace) => {
        const member = memberOf(timestamp, key, namespace);
        expect(member).toMatch(/^[\0-\xff]*$/);
        expect(timerOf(member)).toEqual({ timestamp, key: key === 0 ? 0 : key, namespace });
      }),
      { numRuns: 500 },
    );
  });

  test('orders by time', () => {
    fc.assert(
      fc.property(timestamps, timestamps, keys, keys, (one, other, oneKey, otherKey) => {
        fc.pre(one !== other);
        expect(memberOf(one, oneKey, '') < memberOf(other, otherKey, '')).toBe(one < other);
      }),
      { numRuns: 500 },
    );
  });

  test('is another one where key or namespace differ, the number 1 and the text "1" included', () => {
    fc.assert(
      fc.property(keys, keys, texts, texts, (one, other, oneSpace, otherSpace) => {
        fc.pre(one !== other || oneSpace !== otherSpace);
        expect(memberOf(5, one, oneSpace)).not.toBe(memberOf(5, other, otherSpace));
      }),
      { numRuns: 500 },
    );
    expect(memberOf(5, 1, '')).not.toBe(memberOf(5, '1', ''));
    expect(memberOf(5, 'a', 'bc')).not.toBe(memberOf(5, 'ab', 'c'));
  });
});
