import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ServiceUnavailableError, SetupError } from '@millrace/core';
import { describeWithServices, freePort, uniqueName } from '@millrace/testing';
import fc from 'fast-check';

import { classifyRedisError } from './classify.js';
import type { Command } from './commands.js';
import { RedisConnection } from './connection.js';
import { RedisWrongTypeError } from './errors.js';
import { RedisSets } from './sets.js';

const DB = 9;

describeWithServices(['redis'], 'redis sets', ({ redis }) => {
  const prefix = uniqueName('sets');
  const key = (name: string): string => `${prefix}:${name}`;
  const connection = new RedisConnection({ host: redis.host, port: redis.port, db: DB });
  const sets = new RedisSets(connection);
  const used = new Set<string>();
  const run = async (...command: Command): Promise<unknown> => {
    const [[reply] = []] = await connection.exec([{ atomic: false, commands: [command] }]);
    if (reply instanceof Error) throw reply;
    return reply;
  };

  beforeAll(async () => {
    await connection.connect({ timeoutMs: 10_000 });
  });
  afterAll(async () => {
    await sets.delete([...used, key('a'), key('b'), key('text')]);
    await connection.close();
  });

  test('gives back what was written, hostile texts too', async () => {
    const hostile = [
      '',
      ' ',
      '__proto__',
      'constructor',
      `'"\\$\n\r\n`,
      '😀'.repeat(50),
      '*1\r\n$4\r\nPING\r\n',
      '\u0000',
      'x'.repeat(100_000),
    ];
    await Promise.all(hostile.map((text) => sets.replace(key(text), hostile)));
    hostile.forEach((text) => used.add(key(text)));
    const read = await sets.members(hostile.map(key));
    for (const members of read) expect(members).toEqual(new Set(hostile));
  });

  test('gives back what was written, for any text', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(text), text, async (members, name) => {
        used.add(key(name));
        await sets.replace(key(name), members);
        expect(await sets.members([key(name)])).toEqual([new Set(members)]);
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  test('a reader never sees a set half replaced', async () => {
    const one = Array.from({ length: 3000 }, (_, index) => `one-${String(index)}`);
    const two = Array.from({ length: 2000 }, (_, index) => `two-${String(index)}`);
    const other = new RedisConnection({ host: redis.host, port: redis.port, db: DB });
    await other.connect({ timeoutMs: 10_000 });
    const writer = new RedisSets(other);
    await writer.replace(key('a'), one);
    await writer.replace(key('b'), one);
    let writing = true;
    const writes = (async () => {
      for (let round = 0; round < 30; round += 1) await writer.replace(key('a'), round % 2 === 0 ? two : one);
      writing = false;
    })();
    const sizes = new Set<number>();
    while (writing) {
      const [[first] = []] = await sets.membersTogether([[key('a'), key('b')]]);
      sizes.add(first?.size ?? -1);
    }
    await writes;
    await other.close();
    expect([...sizes].filter((size) => size !== 2000 && size !== 3000)).toEqual([]);
  }, 30_000);

  test('a key of another type is the event’s fault, alone and inside a transaction', async () => {
    await run('SET', key('text'), 'no set');
    await sets.replace(key('b'), ['1']);
    for (const read of [sets.members([key('b'), key('text')]), sets.membersTogether([[key('b'), key('text')]])]) {
      const error: unknown = await read.catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(RedisWrongTypeError);
      expect(error).toMatchObject({ key: key('text') });
      expect(classifyRedisError(error)).toBe('event');
    }
    await sets.replace(key('text'), ['now a set']);
    expect(await sets.members([key('text')])).toEqual([new Set(['now a set'])]);
  });

  test('a thousand requests at once cost a few round trips', async () => {
    await sets.replace(key('a'), ['1', '2']);
    const before = Number(/total_commands_processed:(\d+)/.exec(String(await run('INFO', 'stats')))?.[1]);
    let pipelines = 0;
    const counting = new RedisSets({
      exec: (groups) => {
        pipelines += 1;
        return connection.exec(groups);
      },
    });
    const answers = await Promise.all(
      Array.from({ length: 1000 }, () => counting.membersTogether([[key('a'), key('none')]])),
    );
    expect(answers.every((groups) => groups[0]?.[0]?.size === 2 && groups[0][1]?.size === 0)).toBe(true);
    expect(pipelines).toBeLessThanOrEqual(20);
    const after = Number(/total_commands_processed:(\d+)/.exec(String(await run('INFO', 'stats')))?.[1]);
    expect(after - before).toBeGreaterThanOrEqual(4000);
  });

  test('a user without the right to read sets is told so at start, and cannot be mistaken at run time', async () => {
    const user = uniqueName('user');
    await run('ACL', 'SETUSER', user, 'on', '>secret', '~*', '+@all', '-smembers');
    const limited = new RedisConnection({
      host: redis.host,
      port: redis.port,
      db: DB,
      username: user,
      password: 'secret',
    });
    await limited.connect({ timeoutMs: 10_000 });
    const own = new RedisSets(limited);
    await expect(own.checkReadable(key('a'))).rejects.toThrow(/NOPERM.*SMEMBERS, MULTI and EXEC/);
    const error: unknown = await own.members([key('a')]).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'ERR_REDIS_COMMAND', reply: 'NOPERM' });
    expect(classifyRedisError(error)).toBe('infrastructure');
    await limited.close();
    await run('ACL', 'DELUSER', user);
  });

  test('a user who may only read sets is enough', async () => {
    const user = uniqueName('user');
    await run('ACL', 'SETUSER', user, 'on', '>secret', '~*', '+smembers', '+multi', '+exec', '+select');
    const limited = new RedisConnection({
      host: redis.host,
      port: redis.port,
      db: DB,
      username: user,
      password: 'secret',
    });
    await limited.connect({ timeoutMs: 10_000 });
    await sets.replace(key('a'), ['1']);
    const own = new RedisSets(limited);
    await own.checkReadable(key('a'));
    expect(await own.membersTogether([[key('a'), key('none')]])).toEqual([[new Set(['1']), new Set()]]);
    await limited.close();
    await run('ACL', 'DELUSER', user);
  });

  test.each([
    [
      'a wrong password',
      { username: 'nobody', password: 'wrong-7' },
      'ERR_REDIS_CREDENTIALS',
      /refused the credentials: WRONGPASS/,
    ],
    ['a database that does not exist', { db: 9999 }, 'ERR_REDIS_DB', /has no database 9999/],
  ])('%s stops the start at once', async (_name, options, code, message) => {
    const refused = new RedisConnection({ host: redis.host, port: redis.port, ...options });
    const begin = performance.now();
    const error: unknown = await refused.connect({ timeoutMs: 30_000 }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SetupError);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('wrong-7');
    expect(performance.now() - begin).toBeLessThan(5000);
    await expect(new RedisSets(refused).members(['a'])).rejects.toMatchObject({ code: 'ERR_REDIS_UNAVAILABLE' });
    await refused.close();
  });

  test('an address where nothing listens is given up with its name after the time allowed', async () => {
    const port = await freePort();
    const nowhere = new RedisConnection({ host: '127.0.0.1', port });
    const error: unknown = await nowhere.connect({ timeoutMs: 300 }).catch((cause: unknown) => cause);
    await nowhere.close();
    expect(error).toBeInstanceOf(ServiceUnavailableError);
    expect(error).toMatchObject({ address: `127.0.0.1:${String(port)}` });
    expect((error as Error).message).toContain('within 0.3 s: connect ECONNREFUSED');
  });

  test('a server that takes the connection and never answers is given up too', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const mute = new RedisConnection({ host: '127.0.0.1', port, commandTimeoutMs: 200 });
    await expect(mute.connect({ timeoutMs: 1000 })).rejects.toThrow(ServiceUnavailableError);
    await mute.close();
    server.close();
  });

  test('connecting can be called off', async () => {
    const nowhere = new RedisConnection({ host: '127.0.0.1', port: await freePort() });
    const abort = new AbortController();
    const connecting = nowhere.connect({ timeoutMs: 60_000, signal: abort.signal });
    abort.abort(new Error('called off'));
    await expect(connecting).rejects.toThrow('called off');
    await nowhere.close();
  });

  test('after close every call rejects', async () => {
    const short = new RedisConnection({ host: redis.host, port: redis.port });
    await short.connect({ timeoutMs: 10_000 });
    await short.close();
    await short.close();
    await expect(new RedisSets(short).members(['a'])).rejects.toMatchObject({ code: 'ERR_REDIS_UNAVAILABLE' });
  });
});
