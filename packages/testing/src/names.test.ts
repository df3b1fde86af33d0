import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { uniqueName } from './names.js';

describe('uniqueName', () => {
  test('keeps a plain prefix readable', () => {
    expect(uniqueName('lag')).toMatch(/^lag_[0-9a-f]{12}$/);
  });

  test('is never the same twice', () => {
    expect(uniqueName('lag')).not.toBe(uniqueName('lag'));
  });

  test('is an unquoted CQL identifier and a topic name, whatever the prefix', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (prefix) => {
        expect(uniqueName(prefix)).toMatch(/^[a-z][a-z0-9_]{0,47}$/);
      }),
    );
  });
});
