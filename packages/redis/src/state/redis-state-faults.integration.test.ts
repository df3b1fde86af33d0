import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { describe, expect, test } from '@jest/globals';
import { describeWithServices, startFaultProxy, uniqueName } from '@millrace/testing';
import fc from 'fast-check';

import { RedisConnection } from '../connection.js';
import { RedisStateError } from '../errors.js';
import { anyChanges, bytesOf, StateModel, texts, textWrite } from '../test-support/state-writes.js';
import { redisStateBackend } from './redis-state-backend.js';
import { COMMIT, STAGE, WRITE } from './scripts.js';
import type { Script } from './scripts.js';
import { stateKeys } from './state-keys.js';

const owner = { jobName: 'job', source: 'in', split: 'in-0' };

describeWithServices(['redis'], 'keyed state and a bad connection', ({ redis }) => {
  test('a write whose answer was lost is done once, and the next one follows it', async () => {
    const proxy = await startFaultProxy({ target: redis });
    const connection = { host: proxy.host, port: proxy.port, maxReconnectDelayMs: 50 };
    const keyPrefix = `${uniqueName('lost')}:`;
    const small = redisStateBackend({ connection, keyPrefix });
    const large = redisStateBackend({ connection, keyPrefix, maxScriptEntries: 2 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyChanges, { minLength: 1, maxLength: 5 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 20 }),
        async (checkpoints, answers) => {
          const mine = { ...owner, split: String((run += 1)) };
          const model = new StateModel();
          let claim = await small.claim(mine);
          const losing = [...answers];
          proxy.dropAnswers({ matching: () => losing.pop() ?? false });
          for (const [index, changes] of checkpoints.entries()) {
            await claim.write({ ...textWrite({}, [], index), ...changes });
            model.apply(changes);
            if (index % 2 === 0) claim = await (run % 2 === 0 ? small : large).claim(mine);
            expect(claim.snapshot?.positions.get('in-0')).toBe(index - (index % 2));
          }
          await proxy.heal();
          expect(bytesOf(await large.claim(mine))).toEqual(model.scan());
        },
      ),
      { numRuns: 12, endOnFailure: true },
    );
    expect(proxy.dropped).toBeGreaterThan(10);
    await small.close?.();
    await large.close?.();
    await proxy.stop();
  }, 120_000);

  test('a script that arrives again long afterwards changes nothing', async () => {
    const connection = new RedisConnection({ host: redis.host, port: redis.port });
    await connection.connect({ timeoutMs: 10_000 });
    const keyPrefix = `${uniqueName('late')}:`;
    const state = redisStateBackend({ connection, keyPrefix });
    const keys = stateKeys(keyPrefix, owner);
    const run = async (script: Script, ...args: (string | Buffer)[]): Promise<string> =>
      String(await connection.call('EVAL', [script.text, '3', keys.meta, keys.entries, keys.stage, ...args]));
    const claim = await state.claim(owner);
    const token = String(await connection.call('HGET', [keys.meta, 'owner']));
    const first = [token, '1', '0', '[]', 'first', '1', 'a', 'old'];
    expect(await run(WRITE, ...first)).toBe('done');
    const staged = [token, '2', '1', '0', 'a', 'Pnew', 'b', 'Pnew'];
    expect(await run(STAGE, ...staged)).toBe('done');
    expect(await run(STAGE, ...staged)).toBe('done');
    expect(await run(WRITE, ...first)).toBe('done');
    expect(await run(COMMIT, token, '2', '1', '[]', 'second', '4')).toBe('done');
    // Between the commit and the move: everything again.
    expect(await run(COMMIT, token, '2', '1', '[]', 'second', '4')).toBe('done');
    expect(await run(STAGE, ...staged)).toBe('done');
    expect(await run(WRITE, ...first)).toBe('done');
    const next = await state.claim(owner);
    expect(next.snapshot?.meta).toBe('second');
    for (const script of [WRITE, STAGE]) expect(await run(script, ...first)).toBe('fenced');
    expect(texts(await state.claim(owner))).toEqual([
      ['a', 'new'],
      ['b', 'new'],
    ]);
    await expect(claim.write(textWrite({}))).rejects.toMatchObject({ code: 'ERR_STATE_FENCED' });
    await connection.close();
  });
});

describeWithServices(
  ['redis'],
  'keyed state and a server that fails',
  (services) => {
    test('killed: writes and claims wait for it and go on; what was acknowledged is there', async () => {
      const { host, port } = services.redis;
      const state = redisStateBackend({ connection: { host, port }, retryTimeoutMs: 60_000 });
      const claim = await state.claim(owner);
      await claim.write(textWrite({ a: 'one' }));
      await services.redis.kill();
      const write = claim.write(textWrite({ b: 'two' }, [], 2));
      const other = state.claim({ ...owner, split: 'other' });
      await delay(500);
      await services.redis.restart();
      await write;
      await (await other).write(textWrite({ c: 'three' }));
      expect(texts(await state.claim(owner))).toEqual([
        ['a', 'one'],
        ['b', 'two'],
      ]);
      await state.close?.();
    }, 60_000);

    test('gone for longer than it is tried: an error, and the state is usable when it is back', async () => {
      const { host, port } = services.redis;
      const state = redisStateBackend({ connection: { host, port }, retryTimeoutMs: 300 });
      const claim = await state.claim(owner);
      await services.redis.kill();
      await expect(claim.write(textWrite({ x: 'y' }))).rejects.toThrow(RedisStateError);
      await expect(state.claim(owner)).rejects.toThrow('trying all the time');
      const fresh = redisStateBackend({ connection: { host, port }, retryTimeoutMs: 300 });
      await expect(fresh.claim(owner)).rejects.toMatchObject({ code: 'ERR_SERVICE_UNAVAILABLE' });
      await services.redis.restart();
      // The same claim: the write before may or may not have come through.
      const write = async (): Promise<void> => claim.write(textWrite({ z: 'z' }));
      while (
        !(await write().then(
          () => true,
          (error: unknown) => (expect(error).toBeInstanceOf(RedisStateError), false),
        ))
      );
      await fresh.close?.();
      const next = redisStateBackend({ connection: { host, port } });
      expect(texts(await next.claim(owner), 'z')).toEqual([['z', 'z']]);
      await next.close?.();
      await state.close?.();
    }, 60_000);

    test('closing gives up what is being tried', async () => {
      const { host, port } = services.redis;
      const state = redisStateBackend({ connection: { host, port } });
      const claim = await state.claim(owner);
      await services.redis.kill();
      const works = [claim.write(textWrite({ x: 'y' })), state.claim(owner), state.read(owner)];
      await state.close?.();
      for (const { status } of await Promise.allSettled(works)) expect(status).toBe('rejected');
      await services.redis.restart();
    }, 60_000);

    describe('a user with no more rights than the docs name', () => {
      test('can do everything under the prefix, and is told at once what it may not do', async () => {
        const { host, port } = services.redis;
        const admin = new RedisConnection({ host, port });
        await admin.connect({ timeoutMs: 10_000 });
        const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
        const commands = /^ACL SETUSER .* -@all (.*)$/m.exec(readme)![1]!;
        const rules = `on >secret-1 resetkeys ~mine:* -@all ${commands}`.split(' ');
        await admin.call('ACL', ['SETUSER', 'state', ...rules]);
        const connection = { host, port, username: 'state', password: 'secret-1' };
        const state = redisStateBackend({ connection, keyPrefix: 'mine:', maxScriptEntries: 2 });
        const claim = await state.claim(owner);
        await claim.write(textWrite({ a: 'one' }));
        await claim.write(textWrite({ a: 'one', b: 'two', c: 'three' }, ['d'], 2));
        expect(texts(await state.claim(owner))).toHaveLength(3);
        expect(texts(await state.read(owner))).toHaveLength(3);
        expect(await state.owners('job')).toEqual([owner]);
        const elsewhere = redisStateBackend({ connection, keyPrefix: 'others:' });
        await expect(elsewhere.claim(owner)).rejects.toMatchObject({ code: 'ERR_REDIS_COMMAND', reply: 'NOPERM' });
        await elsewhere.close?.();
        await state.close?.();
        await admin.call('ACL', ['DELUSER', 'state']);
        await admin.close();
      });
    });
  },
  { own: true },
);
