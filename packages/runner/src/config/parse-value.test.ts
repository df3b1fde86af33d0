import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boolean, integer, list, number, port, text } from './define.js';
import { describeAllowed, InvalidValue, parseValue, type RawValue } from './parse-value.js';
import { cqlName, hostAndPort, hostName, httpUrl, topicName } from './syntax.js';
import type { Variable } from './variable.js';

const doc = 'x';

describe('values that are taken', () => {
  test.each<[string, Variable, RawValue, unknown]>([
    ['an integer', integer({ doc }), '12', 12],
    ['an integer with blanks around it', integer({ doc }), ' 12 ', 12],
    ['a negative integer', integer({ doc }), '-5', -5],
    ['an integer at its bounds', integer({ doc, min: 1, max: 12 }), '12', 12],
    ['the largest safe integer', integer({ doc }), '9007199254740991', Number.MAX_SAFE_INTEGER],
    ['a decimal number', number({ doc }), '0.5', 0.5],
    ['a number with an exponent', number({ doc }), '1e3', 1000],
    ['true in capitals', boolean({ doc }), 'TRUE', true],
    ['false', boolean({ doc }), 'false', false],
    ['a port', port({ doc }), '65535', 65535],
    ['port 0 where it is allowed', port({ doc, min: 0 }), '0', 0],
    ['a text as it is, blanks included', text({ doc }), ' 0123 ', ' 0123 '],
    ['an empty text', text({ doc }), '', ''],
    ['one of the values allowed', text({ doc, allowed: ['a', 'b'] }), 'b', 'b'],
    ['a list separated by commas', list({ doc }), 'a, b,,c ', ['a', 'b', 'c']],
    ['an array as a list', list({ doc }), ['a', ' b '], ['a', 'b']],
    ['an empty list', list({ doc }), '', []],
    ['a URL', text({ doc, syntax: httpUrl }), 'http://u:p@h:65535/a/', 'http://u:p@h:65535/a/'],
    ['a URL of an IPv6 address', text({ doc, syntax: httpUrl }), 'https://[::1]:9000', 'https://[::1]:9000'],
  ])('%s', (_name, variable, raw, value) => {
    expect(parseValue(variable, raw)).toEqual(value);
  });
});

describe('values that are refused, with what is allowed', () => {
  test.each<[string, Variable, RawValue, string]>([
    ['a number followed by letters', integer({ doc }), '12abc', 'a whole number'],
    ['a fraction for an integer', integer({ doc, min: 0 }), '1.5', 'a whole number of at least 0'],
    ['an exponent for an integer', integer({ doc }), '1e3', 'a whole number'],
    ['an empty integer', integer({ doc }), '', 'a whole number'],
    ['an integer that cannot be exact', integer({ doc }), '9007199254740993', 'a whole number'],
    ['an integer under its range', integer({ doc, min: 1, max: 5 }), '0', 'a whole number from 1 to 5'],
    ['an integer over its range', integer({ doc, max: 5, unit: 'ms' }), '6', 'a whole number of at most 5 ms'],
    ['a hexadecimal number', number({ doc }), '0x10', 'a number'],
    ['infinity', number({ doc }), 'Infinity', 'a number'],
    ['a number with a unit', number({ doc, unit: 's' }), '10s', 'a number (s)'],
    ['an overflowing number', number({ doc }), '1e999', 'a number'],
    ['yes for a boolean', boolean({ doc }), 'yes', 'true or false'],
    ['1 for a boolean', boolean({ doc }), '1', 'true or false'],
    ['port 0', port({ doc }), '0', 'a port from 1 to 65535'],
    ['port 65536', port({ doc }), '65536', 'a port from 1 to 65535'],
    ['a value that is not on the list', text({ doc, allowed: ['a', 'b'] }), 'B', 'one of a, b'],
    ['an array for a text', text({ doc }), ['a'], 'one value, not a list: a text'],
    ['a topic with a blank', text({ doc, syntax: topicName }), 'a b', 'a topic name'],
    ['the topic ..', text({ doc, syntax: topicName }), '..', 'a topic name'],
    ['CQL in a table name', text({ doc, syntax: cqlName }), 't; DROP TABLE x', 'a Cassandra name'],
    ['a host with a port', text({ doc, syntax: hostName }), 'http://h', 'a host name'],
    ['a URL that cannot be parsed', text({ doc, syntax: httpUrl }), 'http://[bad', 'a URL'],
    ['a URL with an impossible port', text({ doc, syntax: httpUrl }), 'http://h:65536', 'a URL'],
    ['a URL with a query', text({ doc, syntax: httpUrl }), 'http://h/a?b', 'a URL'],
    ['a URL without a scheme', text({ doc, syntax: httpUrl }), 'h:9000', 'a URL'],
    [
      'a broker without a port',
      list({ doc, syntax: hostAndPort }),
      'h1:1,h2',
      'a list separated by commas, each host:port',
    ],
  ])('%s', (_name, variable, raw, allowed) => {
    const value = parseValue(variable, raw);
    expect(value).toBeInstanceOf(InvalidValue);
    expect((value as InvalidValue).allowed).toContain(allowed);
  });
});

test('whatever is given for a number, the value is a finite number in its range or refused', () => {
  const variable = integer({ doc, min: -10, max: 1_000 });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)), (raw) => {
      const value = parseValue(variable, raw);
      if (value instanceof InvalidValue) return true;
      return Number.isInteger(value) && Number(value) >= -10 && Number(value) <= 1_000 && Number(raw) === value;
    }),
  );
});

test('IPv6 brokers are taken', () => {
  expect(parseValue(list({ doc, syntax: hostAndPort }), '[::1]:9092')).toEqual(['[::1]:9092']);
});

test('what is allowed is told for every format', () => {
  expect(describeAllowed(list({ doc }))).toBe('a list separated by commas');
  expect(describeAllowed({ format: 'list', doc, default: undefined, allowed: ['a'] })).toBe(
    'a list of values, each one of a',
  );
});
