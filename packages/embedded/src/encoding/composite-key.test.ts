import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyInvalidError } from '../errors.js';
import { CompositeKeyCodec } from './composite-key.js';

const columns = [
  { name: 'userid', maxBytes: 256 },
  { name: 'courseid', maxBytes: 256 },
  { name: 'batchid', maxBytes: 300 },
];
const codec = new CompositeKeyCodec('table t', 7, columns);

/** Any well-formed text, with what is hard for keys more often than by chance. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => !/[\uD800-\uDFFF]/u.test(value)),
  fc
    .array(fc.constantFrom('\0', '\u0001', 'a', 'ÿ', '€', '\u{10FFFF}', '__proto__', '"', "'", '\n'), { maxLength: 5 })
    .map((parts) => parts.join('')),
);
const key = fc.tuple(text, text, text);

function compareUtf8(a: readonly string[], b: readonly string[]): number {
  for (const [index, value] of a.entries()) {
    const order = Buffer.compare(Buffer.from(value), Buffer.from(b[index]!));
    if (order !== 0) return order;
  }
  return 0;
}

describe('composite keys', () => {
  test('any texts come back as they were', () => {
    fc.assert(fc.property(key, (values) => expect(codec.decode(codec.encode(values))).toEqual(values)));
  });

  test('the order of the bytes is the order of the UTF-8 bytes, column by column', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(Buffer.compare(codec.encode(a), codec.encode(b)))).toBe(Math.sign(compareUtf8(a, b)));
      }),
      { numRuns: 2000 },
    );
  });

  test('a prefix range holds the keys with these first columns and no others', () => {
    fc.assert(
      fc.property(key, fc.array(text, { maxLength: 3 }), (values, prefix) => {
        const { start, end } = codec.encodePrefix(prefix);
        const encoded = codec.encode(values);
        const inside = Buffer.compare(encoded, start) >= 0 && Buffer.compare(encoded, end) < 0;
        expect(inside).toBe(prefix.every((value, index) => values[index] === value));
      }),
      { numRuns: 1000 },
    );
  });

  test('the largest texts, of bytes that other encodings would double, fit', () => {
    const values = ['\0'.repeat(256), '\u{10FFFF}'.repeat(64), '\0'.repeat(300)];
    const encoded = codec.encode(values);
    expect(encoded.length).toBe(CompositeKeyCodec.longest(columns));
    expect(codec.decode(encoded)).toEqual(values);
  });

  test.each([
    [['a'.repeat(257), 'b', 'c'], 'userid has 257 bytes, at most 256 are allowed'],
    [['é'.repeat(129), 'b', 'c'], 'userid has 258 bytes, at most 256 are allowed'],
    [['a', '\uD800', 'c'], 'courseid is no well-formed Unicode'],
    [['a', 'b'], 'the key has 3 columns, not 2'],
  ])('refuses what is no key: %j', (values, message) => {
    expect(() => codec.encode(values)).toThrow(new KeyInvalidError('table t', message));
  });
});
