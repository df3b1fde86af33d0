import { setImmediate } from 'node:timers/promises';

import { describe, expect, test } from '@jest/globals';

import { CommandBatcher } from './batcher.js';
import type { CommandGroup } from './commands.js';
import { FakeRedis } from './test-support/fake-redis.js';

const read = (...keys: string[]): CommandGroup => ({
  atomic: false,
  commands: keys.map((key) => ['SMEMBERS', key] as const),
});

describe('calls of one turn of the event loop', () => {
  test('share one round trip', async () => {
    const redis = new FakeRedis();
    const batcher = new CommandBatcher(redis);
    await Promise.all(Array.from({ length: 100 }, (_, index) => batcher.send(read(String(index)))));
    expect(redis.pipelines.map((groups) => groups.length)).toEqual([100]);
  });

  test('are split where a pipeline is full, MULTI and EXEC counted', async () => {
    const redis = new FakeRedis();
    const batcher = new CommandBatcher(redis, { maxCommands: 8 });
    const pair: CommandGroup = { ...read('a', 'b'), atomic: true };
    await Promise.all(Array.from({ length: 5 }, () => batcher.send(pair)));
    expect(redis.pipelines.map((groups) => groups.length)).toEqual([2, 2, 1]);
  });

  test('keep their order on the connection and get their own answers', async () => {
    const redis = new FakeRedis();
    for (let index = 0; index < 50; index += 1) redis.sets.set(`k${String(index)}`, new Set([`v${String(index)}`]));
    const batcher = new CommandBatcher(redis, { maxCommands: 7, maxPipelines: 2 });
    const keys = Array.from({ length: 50 }, (_, index) => `k${String(index)}`);
    const replies = await Promise.all(keys.map((key) => batcher.send(read(key))));
    expect(replies).toEqual(keys.map((key) => [[key.replace('k', 'v')]]));
    expect(redis.pipelines.flat().flatMap(({ commands }) => commands.map(([, key]) => key))).toEqual(keys);
  });
});

test('no more pipelines than allowed are without an answer; what waits is gathered', async () => {
  const redis = new FakeRedis();
  const batcher = new CommandBatcher(redis, { maxPipelines: 1 });
  const first = batcher.send(read('a'));
  await setImmediate();
  const others = Array.from({ length: 20 }, () => batcher.send(read('b')));
  await Promise.all([first, ...others]);
  expect(redis.mostRunning).toBe(1);
  expect(redis.pipelines.map((groups) => groups.length)).toEqual([1, 20]);
});

test('a group larger than a pipeline goes as a whole', async () => {
  const redis = new FakeRedis();
  const batcher = new CommandBatcher(redis, { maxCommands: 2 });
  await expect(batcher.send(read('a', 'b', 'c', 'd'))).resolves.toEqual([[], [], [], []]);
  expect(redis.pipelines).toHaveLength(1);
});

test('limits that would never send anything are refused', () => {
  for (const options of [{ maxCommands: 0 }, { maxPipelines: 0 }, { maxCommands: Number.NaN }]) {
    expect(() => new CommandBatcher(new FakeRedis(), options)).toThrow(RangeError);
  }
});
