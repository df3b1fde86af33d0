import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isWellFormed, shorten, utf8Length } from './text.js';

describe('text', () => {
  test('a lone surrogate of either kind is not well-formed, a pair is', () => {
    expect(isWellFormed('a\uD83D')).toBe(false);
    expect(isWellFormed('\uDE00a')).toBe(false);
    expect(isWellFormed('\uDE00\uD83D')).toBe(false);
    expect(isWellFormed('😀 नमस्ते')).toBe(true);
  });

  test('isWellFormed agrees with a round trip through UTF-8', () => {
    const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
    fc.assert(
      fc.property(anyText, (text) => {
        expect(isWellFormed(text)).toBe(Buffer.from(text, 'utf8').toString('utf8') === text);
      }),
    );
  });

  test('shorten keeps a short text, cuts a long one and never halves a pair', () => {
    expect(shorten('abc', 3)).toBe('abc');
    expect(shorten('abcd', 3)).toBe('abc');
    expect(shorten('ab😀', 3)).toBe('ab');
    expect(shorten('ab😀', 4)).toBe('ab😀');
    expect(shorten('a\uD83Db', 9)).toBe('a\uFFFDb');
  });

  test('a shortened text is well-formed, not longer than asked for, and the beginning of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, length) => {
        const short = shorten(text, length);
        expect(isWellFormed(short)).toBe(true);
        expect(short.length).toBeLessThanOrEqual(length);
        expect(text.startsWith(short)).toBe(true);
        expect(short.length).toBeGreaterThanOrEqual(Math.min(text.length, length) - 1);
      }),
    );
  });

  test('utf8Length counts bytes', () => {
    expect(utf8Length('é😀')).toBe(6);
  });
});
