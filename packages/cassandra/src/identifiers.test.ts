import { describe, expect, test } from '@jest/globals';
import { SetupError } from '@millrace/core';
import fc from 'fast-check';

import { catalogueName, cqlName, cqlTable } from './identifiers.js';

describe('a name is taken as CQL takes it', () => {
  test('in lower case, unless in double quotes', () => {
    expect(catalogueName('User_Enrolments')).toBe('user_enrolments');
    expect(catalogueName('"User""s"')).toBe('User"s');
    expect(cqlTable('Sunbird_Courses', 'token')).toBe('"sunbird_courses"."token"');
  });

  test.each(['', ' ', 'a b', '1a', 'a;DROP', 'a-b', '"', '"a"b"', 'x'.repeat(49), 'ü'])('%j is refused', (name) => {
    expect(() => cqlName(name)).toThrow(SetupError);
  });
});

test('whatever the name, one quoted name comes out', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(text !== '');
      const quoted = cqlName(`"${text.replaceAll('"', '""')}"`);
      expect(quoted).toMatch(/^"(?:[^"]|"")+"$/s);
      expect(quoted.slice(1, -1).replaceAll('""', '"')).toBe(text);
    }),
  );
});
