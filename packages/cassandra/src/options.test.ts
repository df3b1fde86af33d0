import { describe, expect, test } from '@jest/globals';
import { SetupError } from '@millrace/core';

import { addressOf } from './connect-error.js';
import { sessionOptions } from './driver-options.js';
import type { CassandraOptions } from './options.js';
import { resolveCassandraOptions } from './options.js';

describe('a wrong option is refused by name, value and what is allowed', () => {
  test.each<[string, Partial<CassandraOptions>, string]>([
    ['no hosts', { hosts: [] }, 'cassandra option hosts is []: it must be a list of names or addresses'],
    ['a blank host', { hosts: ['a', ' '] }, 'cassandra option hosts is ["a"," "]'],
    [
      'a port that is none',
      { port: 70_000 },
      'cassandra option port is 70000: it must be a whole number from 1 to 65535',
    ],
    ['more in flight than a connection takes', { maxInFlight: 2048 }, 'cassandra option maxInFlight is 2048'],
    ['a slow reconnect', { reconnectDelayMs: 60_000 }, 'cassandra option reconnectDelayMs is 60000'],
    ['no number', { readTimeoutMs: Number.NaN }, 'cassandra option readTimeoutMs is null'],
    [
      'an unknown consistency',
      { consistency: 'quorum' as never },
      'cassandra option consistency is "quorum": it must be one of ANY,',
    ],
  ])('%s', (_name, options, message) => {
    const resolve = (): unknown => resolveCassandraOptions({ hosts: ['a'], ...options });
    expect(resolve).toThrow(SetupError);
    expect(resolve).toThrow(message);
  });
});

test('names every contact point with its port', () => {
  const options = resolveCassandraOptions({ hosts: ['a', 'b:1', '::1', '[::1]:2'], port: 9142 });
  expect(addressOf(options)).toBe('a:9142,b:1,::1:9142,[::1]:2');
});

describe('the driver is told', () => {
  test('to check certificates unless forbidden', () => {
    const tlsOf = (tls: CassandraOptions['tls']): unknown =>
      sessionOptions(resolveCassandraOptions({ hosts: ['a'], tls }), 'dc').sslOptions;
    expect(tlsOf(undefined)).toBeUndefined();
    expect(tlsOf(false)).toBeUndefined();
    expect(tlsOf(true)).toEqual({ rejectUnauthorized: true });
    expect(tlsOf({ ca: 'A', cert: 'B', key: 'C', serverName: 's', rejectUnauthorized: false })).toEqual({
      ca: 'A',
      cert: 'B',
      key: 'C',
      servername: 's',
      rejectUnauthorized: false,
    });
  });

  test('to prepare everything, retry what is idempotent, and try dead nodes at a constant pace', () => {
    const options = sessionOptions(
      resolveCassandraOptions({ hosts: ['a'], consistency: 'LOCAL_ONE', reconnectDelayMs: 300 }),
      'dc',
    );
    expect(options).toMatchObject({
      contactPoints: ['a'],
      localDataCenter: 'dc',
      queryOptions: { prepare: true, isIdempotent: true, consistency: 10, fetchSize: 1000 },
      encoding: { map: Map, set: Set, useBigIntAsLong: true, useUndefinedAsUnset: true },
    });
    const delays = options.policies?.reconnection?.newSchedule();
    expect([delays?.next().value, delays?.next().value, delays?.next().value]).toEqual([300, 300, 300]);
  });
});
