import { setTimeout as delay } from 'node:timers/promises';

import { expect, test } from '@jest/globals';
import { describeWithServices } from '@millrace/testing';

import { classifyRedisError } from './classify.js';
import { RedisConnection } from './connection.js';
import { RedisUnavailableError } from './errors.js';
import { RedisSets } from './sets.js';

describeWithServices(
  ['redis'],
  'redis that fails',
  (services) => {
    async function connected(commandTimeoutMs: number): Promise<{ connection: RedisConnection; sets: RedisSets }> {
      const { host, port } = services.redis;
      const connection = new RedisConnection({ host, port, db: 10, commandTimeoutMs });
      await connection.connect({ timeoutMs: 10_000 });
      return { connection, sets: new RedisSets(connection) };
    }

    /** Milliseconds until a read succeeds; every failure on the way must be infrastructure and quick. */
    async function untilBack(sets: RedisSets, limitMs: number): Promise<number> {
      const begin = performance.now();
      for (;;) {
        const sent = performance.now();
        try {
          await sets.members(['kept']);
          return performance.now() - begin;
        } catch (error) {
          expect(error).toBeInstanceOf(RedisUnavailableError);
          expect(classifyRedisError(error)).toBe('infrastructure');
          expect(performance.now() - sent).toBeLessThan(3000);
        }
        if (performance.now() - begin > limitMs) throw new Error(`not back within ${String(limitMs)} ms`);
        await delay(20);
      }
    }

    test('killed: calls fail at once, and work goes on when it is back', async () => {
      const { connection, sets } = await connected(2000);
      await sets.replace('kept', ['1', '2']);
      const inFlight = Array.from({ length: 200 }, () => sets.members(['kept']).catch((error: unknown) => error));
      await services.redis.kill();
      for (const answer of await Promise.all(inFlight)) {
        if (!Array.isArray(answer)) expect(answer).toBeInstanceOf(RedisUnavailableError);
      }
      const begin = performance.now();
      for (let call = 0; call < 1000; call += 1)
        await expect(sets.members(['kept'])).rejects.toThrow(RedisUnavailableError);
      expect(performance.now() - begin).toBeLessThan(3000);
      await delay(3000);
      await services.redis.restart();
      expect(await untilBack(sets, 10_000)).toBeLessThan(3000);
      expect(await sets.members(['kept'])).toEqual([new Set(['1', '2'])]);
      await connection.close();
    }, 60_000);

    test('hanging: calls end within the command timeout, nothing piles up, and work goes on afterwards', async () => {
      const { connection, sets } = await connected(500);
      await sets.replace('kept', ['1']);
      await services.redis.pause();
      for (let round = 0; round < 5; round += 1) {
        const begin = performance.now();
        const answers = await Promise.allSettled(Array.from({ length: 500 }, () => sets.members(['kept'])));
        expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
        // One timeout for the pipelines under way; what waited behind them finds the connection gone.
        expect(performance.now() - begin).toBeLessThan(2000);
        await delay(100);
      }
      await services.redis.resume();
      expect(await untilBack(sets, 10_000)).toBeLessThan(3000);
      await connection.close();
    }, 60_000);

    test('a password that is set later is refused at the start of the next process', async () => {
      const { connection } = await connected(2000);
      await connection.exec([{ atomic: false, commands: [['CONFIG', 'SET', 'requirepass', 'pass-word-1']] }]);
      const { host, port } = services.redis;
      const without = new RedisConnection({ host, port });
      await expect(without.connect({ timeoutMs: 10_000 })).rejects.toMatchObject({ code: 'ERR_REDIS_CREDENTIALS' });
      await without.close();
      const wrong = new RedisConnection({ host, port, password: 'wrong' });
      await expect(wrong.connect({ timeoutMs: 10_000 })).rejects.toMatchObject({ code: 'ERR_REDIS_CREDENTIALS' });
      await wrong.close();
      const right = new RedisConnection({ host, port, password: 'pass-word-1' });
      await right.connect({ timeoutMs: 10_000 });
      await right.close();
      await connection.exec([{ atomic: false, commands: [['CONFIG', 'SET', 'requirepass', '']] }]);
      await connection.close();
    });
  },
  { own: true },
);
