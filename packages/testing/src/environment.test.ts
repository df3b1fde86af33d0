import { describe, expect, test } from '@jest/globals';
import { endpointsFromEnvironment, formatHostPort, servicesMode } from './environment.js';

describe('endpointsFromEnvironment', () => {
  test('is undefined for a variable that is unset or blank', () => {
    expect(endpointsFromEnvironment('kafka', {})).toBeUndefined();
    expect(endpointsFromEnvironment('kafka', { MILLRACE_TEST_KAFKA: ' ' })).toBeUndefined();
  });

  test('reads a list for Kafka, and IPv6 in brackets', () => {
    expect(endpointsFromEnvironment('kafka', { MILLRACE_TEST_KAFKA: 'a:1, [::1]:9092' })).toEqual([
      { host: 'a', port: 1 },
      { host: '::1', port: 9092 },
    ]);
  });

  test('rejects a list for the others', () => {
    expect(() => endpointsFromEnvironment('redis', { MILLRACE_TEST_REDIS: 'a:1,b:2' })).toThrow('2 addresses');
  });

  test.each(['localhost', 'localhost:', ':9092', 'a:0', 'a:70000', 'a b:1', '::1:9092', 'a:1,'])(
    'rejects %j and names the variable',
    (text) => {
      expect(() => endpointsFromEnvironment('kafka', { MILLRACE_TEST_KAFKA: text })).toThrow('MILLRACE_TEST_KAFKA');
    },
  );
});

describe('formatHostPort', () => {
  test('puts brackets round IPv6 only', () => {
    expect(formatHostPort({ host: '::1', port: 1 })).toBe('[::1]:1');
    expect(formatHostPort({ host: 'a.b', port: 1 })).toBe('a.b:1');
  });
});

describe('servicesMode', () => {
  test('is auto when unset, and one of three', () => {
    expect(servicesMode({})).toBe('auto');
    expect(servicesMode({ MILLRACE_SERVICES: '' })).toBe('auto');
    expect(servicesMode({ MILLRACE_SERVICES: 'required' })).toBe('required');
    expect(servicesMode({ MILLRACE_SERVICES: 'off' })).toBe('off');
    expect(() => servicesMode({ MILLRACE_SERVICES: 'yes' })).toThrow('use auto, required or off');
  });
});
