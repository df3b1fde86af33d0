import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';

describe('binary values', () => {
  test('whole numbers of every size come back', () => {
    const whole = fc.oneof(
      fc.maxSafeNat(),
      fc.nat({ max: 300 }),
      fc.constantFrom(127, 128, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
    );
    fc.assert(
      fc.property(fc.array(whole), (values) => {
        const writer = new ByteWriter(1);
        for (const value of values) writer.varint(value);
        const reader = new ByteReader(writer.copy());
        expect(values.map(() => reader.varint())).toEqual(values);
        expect(reader.atEnd).toBe(true);
      }),
    );
  });

  test('negative numbers, doubles and texts come back', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double(), fc.string({ unit: 'grapheme' }), (integer, double, text) => {
        const writer = new ByteWriter(1);
        writer.zigzag(integer);
        writer.float64(double);
        writer.text(text);
        const reader = new ByteReader(writer.copy());
        expect([reader.zigzag(), reader.float64(), reader.text()]).toEqual([integer, double, text]);
      }),
    );
  });

  test('a value that was cut off is noticed wherever it was cut', () => {
    const writer = new ByteWriter();
    writer.varint(70_000);
    writer.float64(1.5);
    writer.text('text');
    const whole = writer.copy();
    for (let length = 0; length < whole.length; length += 1) {
      const reader = new ByteReader(whole.subarray(0, length));
      expect(() => [reader.varint(), reader.float64(), reader.text()]).toThrow('ends too early');
    }
  });

  test('a small value costs one byte', () => {
    const writer = new ByteWriter();
    writer.zigzag(-1);
    writer.varint(127);
    expect(writer.length).toBe(2);
  });
});
