import { describe, expect, test } from '@jest/globals';
import { isAccessError, isEvicted, isRebalance, isRetriable, isTooLarge, protocolErrorType } from './error-kind.js';

const error = (fields: object, cause?: unknown): Error => Object.assign(new Error('e', { cause }), fields);
const wrapped = (type: string): Error =>
  error(
    { name: 'KafkaJSNumberOfRetriesExceeded', retriable: false },
    error({ name: 'KafkaJSNonRetriableError' }, error({ type })),
  );

describe('kinds of errors', () => {
  test('the type is found through what kafkajs wraps around it', () => {
    expect(protocolErrorType(wrapped('MESSAGE_TOO_LARGE'))).toBe('MESSAGE_TOO_LARGE');
    expect(
      protocolErrorType(error({ name: 'KafkaJSAggregateError', errors: [error({ type: 'TOPIC_ALREADY_EXISTS' })] })),
    ).toBe('TOPIC_ALREADY_EXISTS');
    for (const thrown of [undefined, null, 'text', 5, {}]) expect(protocolErrorType(thrown)).toBeUndefined();
  });

  test('an error that causes itself does not go round for ever', () => {
    const loop = error({});
    loop.cause = loop;
    expect(isRetriable(loop)).toBe(true);
  });

  test('too large, rebalance, eviction, access', () => {
    expect(isTooLarge(wrapped('RECORD_LIST_TOO_LARGE'))).toBe(true);
    expect(isRebalance(wrapped('ILLEGAL_GENERATION'))).toBe(true);
    expect(isEvicted(wrapped('UNKNOWN_MEMBER_ID'))).toBe(true);
    expect(isAccessError(error({ name: 'KafkaJSSASLAuthenticationError' }))).toBe(true);
    expect(isAccessError(wrapped('TOPIC_AUTHORIZATION_FAILED'))).toBe(true);
    expect(isAccessError(wrapped('NOT_LEADER_FOR_PARTITION'))).toBe(false);
  });

  test('retriable: the service; not retriable: the record and defects', () => {
    expect(isRetriable(error({ name: 'KafkaJSConnectionError', code: 'ECONNREFUSED' }))).toBe(true);
    expect(isRetriable(wrapped('UNKNOWN_TOPIC_OR_PARTITION'))).toBe(true);
    expect(isRetriable(wrapped('TOPIC_AUTHORIZATION_FAILED'))).toBe(true);
    expect(isRetriable(wrapped('MESSAGE_TOO_LARGE'))).toBe(false);
    expect(isRetriable(wrapped('INVALID_TIMESTAMP'))).toBe(false);
    expect(isRetriable(new TypeError('x'))).toBe(false);
  });
});
