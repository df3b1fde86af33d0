import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { withMembers } from './json-members.js';

const ADDED = new Map([
  ['jobName', '"j"'],
  ['failInfo', '{"code":"E"}'],
]);
const PUT = '"jobName":"j","failInfo":{"code":"E"}';

describe('putting members into the text of an object', () => {
  test.each([
    ['{}', `{${PUT}}`],
    ['{ }', `{${PUT}}`],
    [' {\n"a" : 1\n} \n', ` {\n"a" : 1\n,${PUT}} \n`],
    ['{"a":1,"b":[{}]}', `{"a":1,"b":[{}],${PUT}}`],
    ['{"b":12345678901234567890,"a":1e400,"a":1.0}', `{"b":12345678901234567890,"a":1e400,"a":1.0,${PUT}}`],
    ['{"jobName":"x"}', `{${PUT}}`],
    ['{"jobName":1,"a":2,"failInfo":[",{}"],"jobName":3}', `{"a":2,${PUT}}`],
    ['{"a":2 , "failInfo" : {"failInfo":1} }', `{"a":2 ,${PUT}}`],
    ['{"jobN\\u0061me":1,"a":2}', `{"a":2,${PUT}}`],
    ['{"a":{"jobName":1},"b":["failInfo"]}', `{"a":{"jobName":1},"b":["failInfo"],${PUT}}`],
    ['{"a":"}\\"{,\\\\","b":"jobName"}', `{"a":"}\\"{,\\\\","b":"jobName",${PUT}}`],
    ['{"a":"jobName","":1}', `{"a":"jobName","":1,${PUT}}`],
  ])('%s', (text, expected) => {
    expect(withMembers(text, ADDED)).toBe(expected);
  });

  // fast-check's objects as text, with names of ours among theirs, blanks, escapes and repeated names.
  const blank = fc.constantFrom('', ' ', '\n\t', '\r ');
  const name = fc.oneof(
    fc.constantFrom('"jobName"', '"failInfo"', '"failInf\\u006f"', '"\\u006a\\u006fbName"', '"jobname"', '"__proto__"'),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  );
  const member = fc.record({
    before: blank,
    name,
    colon: blank,
    value: fc.json({ noUnicodeString: false }),
    after: blank,
  });
  const members = fc.array(member, { maxLength: 6 });
  type MemberText = { before: string; name: string; colon: string; value: string; after: string };
  const textOf = (each: MemberText): string => `${each.before}${each.name}${each.colon}:${each.value}${each.after}`;

  test('leaves every other member as it was to the byte, and the object says what was put in', () => {
    fc.assert(
      fc.property(members, blank, blank, (parts, head, tail) => {
        const text = `${head}{${parts.map(textOf).join(',')}}${tail}`;
        const result = withMembers(text, ADDED);
        const others = parts.filter((part) => !ADDED.has(JSON.parse(part.name) as string)).map(textOf);
        expect(result).toBe(`${head}{${[...others, PUT].join(',')}}${tail}`);
        const { jobName: _j, failInfo: _f, ...before } = JSON.parse(text) as Record<string, unknown>;
        expect(JSON.parse(result)).toEqual({ ...before, jobName: 'j', failInfo: { code: 'E' } });
      }),
      { numRuns: 500 },
    );
  });

  test('doing it twice is doing it once', () => {
    fc.assert(
      fc.property(members, (parts) => {
        const once = withMembers(`{${parts.map(textOf).join(',')}}`, ADDED);
        expect(withMembers(once, ADDED)).toBe(once);
      }),
    );
  });
});
