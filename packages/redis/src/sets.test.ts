import { describe, expect, test } from '@jest/globals';
import { SetupError } from '@millrace/core';
import fc from 'fast-check';

import type { CommandExecutor } from './commands.js';
import { RedisCommandError, RedisUnavailableError, RedisValueError, RedisWrongTypeError } from './errors.js';
import { RedisSets } from './sets.js';
import { FakeRedis, replyError } from './test-support/fake-redis.js';

function fixture(): { redis: FakeRedis; sets: RedisSets } {
  const redis = new FakeRedis();
  redis.sets
    .set('a', new Set(['1', '2']))
    .set('b', new Set(['3']))
    .set('text', 'a string');
  return { redis, sets: new RedisSets(redis) };
}

/** Answers every command with this error. */
const refusing = (message: string): CommandExecutor => ({
  exec: (groups) => Promise.resolve(groups.map(({ commands }) => commands.map(() => replyError(message)))),
});

describe('reading', () => {
  test('answers in the order of the keys, a missing key as an empty set, in one pipeline', async () => {
    const { redis, sets } = fixture();
    expect(await sets.members(['b', 'none', 'a', 'b'])).toEqual([
      new Set(['3']),
      new Set(),
      new Set(['1', '2']),
      new Set(['3']),
    ]);
    expect(redis.pipelines).toEqual([
      [
        {
          atomic: false,
          commands: [
            ['SMEMBERS', 'b'],
            ['SMEMBERS', 'none'],
            ['SMEMBERS', 'a'],
            ['SMEMBERS', 'b'],
          ],
        },
      ],
    ]);
  });

  test('reads the sets of one group in one transaction, all groups in one pipeline', async () => {
    const { redis, sets } = fixture();
    expect(await sets.membersTogether([['a', 'none'], ['b'], []])).toEqual([
      [new Set(['1', '2']), new Set()],
      [new Set(['3'])],
      [],
    ]);
    expect(redis.pipelines).toHaveLength(1);
    expect(redis.pipelines[0]?.map(({ atomic }) => atomic)).toEqual([true, false]);
  });

  test('of nothing asks nothing', async () => {
    const { redis, sets } = fixture();
    expect(await sets.members([])).toEqual([]);
    expect(await sets.membersTogether([])).toEqual([]);
    expect(redis.pipelines).toEqual([]);
  });

  test('a key of another type is named, and neighbours in the pipeline are not touched', async () => {
    const { sets } = fixture();
    const bad = sets.membersTogether([['a', 'text']]);
    const good = sets.members(['a']);
    await expect(bad).rejects.toThrow(RedisWrongTypeError);
    await expect(bad).rejects.toMatchObject({ code: 'ERR_REDIS_WRONG_TYPE', key: 'text' });
    await expect(good).resolves.toEqual([new Set(['1', '2'])]);
  });

  test('any other refusal keeps Redis’s own word', async () => {
    const promise = new RedisSets(refusing('LOADING Redis is loading the dataset in memory')).members(['a']);
    await expect(promise).rejects.toThrow(RedisCommandError);
    await expect(promise).rejects.toMatchObject({ code: 'ERR_REDIS_COMMAND', reply: 'LOADING', key: 'a' });
  });

  test('a lost connection rejects every call that shared the pipeline', async () => {
    const { redis, sets } = fixture();
    redis.down = new RedisUnavailableError('redis:6379', new Error('read ECONNRESET'));
    const calls = [sets.members(['a']), sets.members(['b'])];
    for (const call of calls) await expect(call).rejects.toBe(redis.down);
    redis.down = undefined;
    await expect(sets.members(['a'])).resolves.toHaveLength(1);
  });
});

describe('writing', () => {
  test('a large set is replaced in one transaction of several SADDs', async () => {
    const { redis, sets } = fixture();
    const members = Array.from({ length: 2500 }, (_, index) => `m${String(index)}`);
    await sets.replace('text', members);
    expect(redis.sets.get('text')).toEqual(new Set(members));
    expect(redis.pipelines).toHaveLength(1);
    expect(redis.pipelines[0]?.[0]?.atomic).toBe(true);
    expect(redis.pipelines[0]?.[0]?.commands.map(([name, , ...args]) => [name, args.length])).toEqual([
      ['DEL', 0],
      ['SADD', 1000],
      ['SADD', 1000],
      ['SADD', 500],
    ]);
  });

  test('replacing by no members deletes the key', async () => {
    const { redis, sets } = fixture();
    await sets.replace('a', []);
    expect(redis.sets.has('a')).toBe(false);
  });

  test('deletes keys of any type, missing ones too', async () => {
    const { redis, sets } = fixture();
    await sets.delete(['a', 'text', 'none']);
    expect([...redis.sets.keys()]).toEqual(['b']);
  });

  test('a refusal in the middle of a transaction is an error', async () => {
    await expect(new RedisSets(refusing('OOM command not allowed')).replace('a', ['1'])).rejects.toMatchObject({
      reply: 'OOM',
    });
    await expect(new RedisSets(refusing('READONLY replica')).delete(['a'])).rejects.toMatchObject({
      reply: 'READONLY',
    });
  });
});

test('text that has no UTF-8 form is never sent', async () => {
  const { redis, sets } = fixture();
  await expect(sets.members(['a', '\ud800'])).rejects.toThrow(RedisValueError);
  await expect(sets.membersTogether([['\udc00']])).rejects.toThrow(RedisValueError);
  await expect(sets.replace('k', ['ok', 'a\ud800'])).rejects.toThrow(RedisValueError);
  await expect(sets.replace('\ud800', [])).rejects.toThrow(RedisValueError);
  await expect(sets.delete(['\ud800'])).rejects.toThrow(RedisValueError);
  expect(redis.pipelines).toEqual([]);
});

test('what was written is read, for any well-formed keys and members', async () => {
  const text = fc.string({ unit: 'binary' });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.tuple(text, fc.array(text)), { selector: ([key]) => key }), async (entries) => {
      const sets = new RedisSets(new FakeRedis(), { maxCommands: 5, maxPipelines: 2 });
      await Promise.all(entries.map(([key, members]) => sets.replace(key, members)));
      expect(await sets.members(entries.map(([key]) => key))).toEqual(entries.map(([, members]) => new Set(members)));
    }),
    { numRuns: 50 },
  );
}, 60_000);

describe('the check at start', () => {
  test('passes on any kind of key', async () => {
    const { sets } = fixture();
    await sets.checkReadable('none');
    await sets.checkReadable('text');
  });

  test('says which permission is missing', async () => {
    const promise = new RedisSets(
      refusing("NOPERM this user has no permissions to run the 'smembers' command"),
    ).checkReadable('k');
    await expect(promise).rejects.toThrow(SetupError);
    await expect(promise).rejects.toMatchObject({ code: 'ERR_REDIS_PERMISSION' });
  });

  test('leaves every other error as it is', async () => {
    await expect(new RedisSets(refusing('LOADING wait')).checkReadable('k')).rejects.toThrow(RedisCommandError);
  });
});
