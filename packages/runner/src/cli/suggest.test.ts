import { expect, test } from '@jest/globals';
import { suggest } from './suggest.js';

const known = ['kafka.input.topic', 'kafka.groupId', 'redis.port', 'env'];

test.each([
  ['kafka.inptu.topic', 'kafka.input.topic'],
  ['kafka.groupid', 'kafka.groupId'],
  ['redis.prot', 'redis.port'],
  ['redis.port', 'redis.port'],
  ['something.else', undefined],
])('%s', (name, meant) => {
  expect(suggest(name, known)).toBe(meant);
});
