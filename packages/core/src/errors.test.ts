import { describe, expect, test } from '@jest/globals';
import { messageOf, MillraceError, ServiceUnavailableError, SetupError } from './errors.js';

describe('messageOf', () => {
  test.each([
    [new Error('plain'), 'plain'],
    [new TypeError(), 'TypeError'],
    ['text', 'text'],
    [undefined, 'non-error thrown: undefined'],
    [null, 'non-error thrown: null'],
    [Symbol('s'), 'non-error thrown: Symbol(s)'],
    [Object.create(null), 'non-error thrown: an object that cannot be turned into text'],
  ])('turns %p into text', (thrown, text) => {
    expect(messageOf(thrown)).toBe(text);
  });

  test('stands an error whose message throws', () => {
    const error = new Error('x');
    Object.defineProperty(error, 'message', {
      get() {
        throw new Error('no message');
      },
    });
    expect(messageOf(error)).toContain('cannot be turned into text');
  });
});

test('errors carry their class as name, a stable code, and their cause', () => {
  const cause = new Error('refused');
  const error = new ServiceUnavailableError('Kafka', 'localhost:9092', 60_000, cause);
  expect(error).toBeInstanceOf(MillraceError);
  expect(error).toMatchObject({ name: 'ServiceUnavailableError', code: 'ERR_SERVICE_UNAVAILABLE', cause });
  expect(error.message).toBe('Kafka at localhost:9092 could not be reached within 60 s: refused');
  expect(new SetupError('ERR_X', 'x').name).toBe('SetupError');
});
