import { JobFailedError, ServiceUnavailableError, SetupError } from '@millrace/core';
import { expect, test } from '@jest/globals';
import { DatasetError } from './dataset-error.js';
import { ConfigError, StoppedError, UsageError } from './errors.js';
import { exitCodeOf, worstOf } from './exit-code.js';

class TopicMissingError extends SetupError {}

test.each<[string, unknown, number | undefined]>([
  ['wrong usage', new UsageError('x'), 2],
  ['wrong configuration', new ConfigError(['x']), 2],
  ['a data set line', new DatasetError('a.jsonl', 3, 'x'), 2],
  ['a subclass of SetupError', new TopicMissingError('ERR_X', 'x'), 2],
  ['a service that cannot be reached', new ServiceUnavailableError('Redis', 'h:1', 10), 69],
  ['a failed job', new JobFailedError('job', 'x'), 1],
  ['a stop with work undone', new StoppedError('x'), 3],
  ['a path that cannot be used', Object.assign(new Error('x'), { code: 'ENOTDIR', path: '/a/b' }), 2],
  ['a bug', new TypeError('x'), undefined],
  ['something else that was thrown', 'x', undefined],
])('%s', (_name, error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

test('classes are known by their names, whichever copy of the package they come from', () => {
  const other = { SetupError: class SetupError extends Error {} };
  class Missing extends other.SetupError {}
  expect(exitCodeOf(new Missing('x'))).toBe(2);
});

test('the worst of several processes: failed, then wrong, unavailable, stopped', () => {
  expect(worstOf([0, 0])).toBe(0);
  expect(worstOf([0, 3])).toBe(3);
  expect(worstOf([3, 69])).toBe(69);
  expect(worstOf([69, 2, 0])).toBe(2);
  expect(worstOf([2, 1, 69])).toBe(1);
  expect(worstOf([0, 137])).toBe(1);
});
