import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { CassandraValueError } from './errors.js';
import { checkValues } from './values.js';

describe('values that would be changed on their way are refused', () => {
  test.each([
    ['text with a lone surrogate', ['ok', '\ud83d']],
    ['a map key with one', [new Map([['a\udc00', 1]])]],
    ['a map value with one', [new Map([['a', '\udc00b']])]],
    ['a list item with one', [['x', ['\ud800']]]],
    ['a set item with one', [new Set(['\ud800'])]],
    ['a field with one', [{ title: ['\ud800'] }]],
    ['a bigint over 64 bits', [2n ** 63n]],
    ['a bigint under 64 bits', [-(2n ** 63n) - 1n]],
  ])('%s', (_name, params) => {
    expect(() => {
      checkValues(params);
    }).toThrow(CassandraValueError);
  });

  test('the message says which parameter and not which value', () => {
    expect(() => {
      checkValues(['a', new Map([['secret\ud800', 1]])]);
    }).toThrow('cassandra: a map key of parameter 2 is not well-formed Unicode: it would be stored as another text');
  });
});

test('every well-formed text and every 64-bit integer passes', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      (text, number) => {
        checkValues([
          text,
          number,
          new Map([[text, number]]),
          [text],
          new Set([text]),
          null,
          undefined,
          new Date(0),
          1.5,
          true,
        ]);
      },
    ),
  );
});
