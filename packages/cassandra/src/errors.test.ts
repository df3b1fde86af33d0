import { expect, test } from '@jest/globals';

import { CassandraQueryError, rootMessage } from './errors.js';

function noHost(innerErrors: Record<string, unknown>): Error {
  return Object.assign(new Error('All host(s) tried for query failed.'), { name: 'NoHostAvailableError', innerErrors });
}

test('says in one line what every host answered', () => {
  const error = noHost({
    '10.0.0.1:9042': new Error('connect\n ECONNREFUSED'),
    '10.0.0.2:9042': 'Host considered as DOWN',
    '10.0.0.3:9042': null,
  });
  expect(rootMessage(error)).toBe(
    'no host available: 10.0.0.1:9042: connect ECONNREFUSED; 10.0.0.2:9042: Host considered as DOWN; 10.0.0.3:9042: no answer',
  );
});

test('says so where no node could be asked at all', () => {
  expect(rootMessage(noHost({}))).toBe('no host available: no node is up');
});

test('a refused value of any length makes a short message', () => {
  expect(rootMessage(new TypeError('x'.repeat(100_000))).length).toBeLessThan(600);
});

test('names the statement in one line and keeps the cause', () => {
  const cause = new Error('Key may not be empty');
  const error = new CassandraQueryError('event', 'SELECT a\n  FROM t\n  WHERE k = ?', cause);
  expect(error).toMatchObject({ code: 'ERR_CASSANDRA_QUERY', kind: 'event', cause });
  expect(error.message).toBe('cassandra: Key may not be empty (statement: SELECT a FROM t WHERE k = ?)');
});
