import { describe, expect, test } from '@jest/globals';
import { KafkaConnection } from '../connection/kafka-connection.js';
import { resolveSourceOptions } from './options.js';

const connection = new KafkaConnection({ brokers: ['localhost:9092'] });
const base = { connection, topics: ['t'], groupId: 'g' };

describe('options of the source', () => {
  test('defaults fit each other', () => {
    expect(resolveSourceOptions(base)).toMatchObject({
      autoOffsetReset: 'earliest',
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs: 3_000,
      revokeTimeoutMs: 20_000,
    });
    expect(resolveSourceOptions({ ...base, sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 9_000 })).toMatchObject({
      heartbeatIntervalMs: 2_000,
      revokeTimeoutMs: 3_000,
    });
  });

  test.each([
    [{ topics: [] }, 'topics must name at least one topic'],
    [{ groupId: '' }, 'groupId must not be empty'],
    [{ maxWaitTimeMs: 0 }, 'maxWaitTimeMs is 0'],
    [{ stallTimeoutMs: NaN }, 'stallTimeoutMs is NaN'],
    [{ heartbeatIntervalMs: 5_000 }, 'heartbeatIntervalMs (5000) must be at most a third of sessionTimeoutMs (10000)'],
    [{ revokeTimeoutMs: 60_000 }, 'revokeTimeoutMs (60000) must be less than rebalanceTimeoutMs (60000)'],
  ])('%j is refused', (wrong, message) => {
    expect(() => resolveSourceOptions({ ...base, ...wrong })).toThrow(message);
  });
});

describe('options of the connection', () => {
  test.each([[[]], [['localhost']], [['localhost:0']], [['localhost:99999']], [['a b:1']]])(
    'brokers %j are refused',
    (brokers) => {
      expect(() => new KafkaConnection({ brokers })).toThrow('Kafka: broker');
    },
  );

  test('time limits must be more than nothing', () => {
    expect(() => new KafkaConnection({ brokers: ['a:1'], requestTimeoutMs: 0 })).toThrow('requestTimeoutMs is 0');
  });
});
