import { expect, test } from '@jest/globals';
import { CassandraQueryError } from '@millrace/cassandra';
import { MillraceError, ServiceLostError, SetupError } from '@millrace/core';
import { RedisUnavailableError } from '@millrace/redis';
import { whileServed } from './while-served.js';

const kafka = Object.assign(new Error('Connection timeout'), { name: 'KafkaJSConnectionError' });

test.each([
  new RedisUnavailableError('cache:6379', new Error('read ECONNRESET')),
  new CassandraQueryError('infrastructure', 'SELECT 1', new Error('no host available: db:9042: ECONNREFUSED')),
  new MillraceError('ERR_KAFKA_READ', 'topic-0 could not be read'),
  kafka,
  new MillraceError('ERR_STOPPED', 'stopped behind 3 rows: no answer', { cause: kafka }),
])('$message: the service is lost, and the line says which', async (error) => {
  const failed = whileServed(() => Promise.reject(error));
  await expect(failed).rejects.toThrow(ServiceLostError);
  await expect(failed).rejects.toThrow(error.message);
});

test.each([
  new CassandraQueryError('event', 'SELECT 1', new Error('Key may not be empty')),
  new SetupError('ERR_CASSANDRA_SCHEMA', 'no table'),
  new TypeError('a bug'),
])('$message: stays what it is', async (error) => {
  await expect(whileServed(() => Promise.reject(error))).rejects.toBe(error);
});

test('what the work gives comes through', async () => {
  await expect(whileServed(() => Promise.resolve(7))).resolves.toBe(7);
});
