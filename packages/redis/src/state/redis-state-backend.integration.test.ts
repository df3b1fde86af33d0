import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StateBackend } from '@millrace/core';
import { describeWithServices, uniqueName } from '@millrace/testing';
import fc from 'fast-check';

import { RedisConnection } from '../connection.js';
import { anyChanges, anyStateKey, bytesOf, StateModel, texts, textWrite } from '../test-support/state-writes.js';
import { redisStateBackend } from './redis-state-backend.js';
import type { RedisStateBackendOptions } from './redis-state-backend.js';
import { stateKeys } from './state-keys.js';
import type { StateKeys } from './state-keys.js';

const owner = { jobName: 'job', source: 'in', split: 'in-0' };

const keysOf = ({ meta, entries, stage }: StateKeys): string[] => [meta, entries, stage];

describeWithServices(['redis'], 'keyed state on redis', ({ redis }) => {
  const prefix = uniqueName('state');
  const connection = new RedisConnection({ host: redis.host, port: redis.port });
  const opened: StateBackend[] = [];
  let number = 0;

  /** A backend with a part of Redis of its own. */
  function backend(options: Partial<RedisStateBackendOptions> = {}): StateBackend {
    const keyPrefix = `${prefix}-${String((number += 1))}:`;
    const created = redisStateBackend({ connection, keyPrefix, ...options });
    opened.push(created);
    return created;
  }
  const currentPrefix = (): string => `${prefix}-${String(number)}:`;

  beforeAll(() => connection.connect({ timeoutMs: 10_000 }));
  afterAll(async () => {
    const keys = (await connection.call('KEYS', [`${prefix}-*`])) as Buffer[];
    if (keys.length > 0) await connection.call('UNLINK', keys);
    for (const each of opened) await each.close?.();
    await connection.close();
  });

  test('a claim begins empty, and the next one goes on from what it wrote', async () => {
    const state = backend();
    const first = await state.claim(owner);
    expect(first.snapshot).toBeUndefined();
    expect(first.isLargerThanMemory).toBe(false);
    expect(texts(first)).toEqual([]);
    await first.write(textWrite({ b: 'two', a: 'one' }));
    await first.write(textWrite({ c: 'three', d: '' }, ['a', 'never put'], 2));
    const next = await state.claim(owner);
    expect(next.snapshot).toEqual({ positions: new Map([['in-0', 2]]), meta: '{"position":2}' });
    expect(texts(next)).toEqual([
      ['b', 'two'],
      ['c', 'three'],
      ['d', ''],
    ]);
    expect(next.get('c')).toEqual(Buffer.from('three'));
    expect(next.get('a')).toBeUndefined();
    expect(texts(next, '', 'b')).toHaveLength(2);
  });

  test('the write of an owner that was replaced is refused and changes nothing, large or small', async () => {
    for (const maxScriptEntries of [1, 100]) {
      const state = backend({ maxScriptEntries });
      const zombie = await state.claim(owner);
      await zombie.write(textWrite({ a: 'one' }));
      const current = await state.claim(owner);
      await current.write(textWrite({ a: 'current' }, [], 2));
      const write = textWrite({ a: 'zombie', b: 'zombie', c: 'zombie' }, ['d', 'e'], 7);
      await expect(zombie.write(write)).rejects.toMatchObject({ code: 'ERR_STATE_FENCED' });
      await expect(zombie.write(write)).rejects.toMatchObject({ code: 'ERR_STATE_FENCED' });
      await current.write(textWrite({ b: 'two' }, [], 3));
      expect(texts(await state.read(owner))).toEqual([
        ['a', 'current'],
        ['b', 'two'],
      ]);
    }
  });

  test('of many claims at once one is the last, and it alone may write', async () => {
    const state = backend();
    const claims = await Promise.all(Array.from({ length: 8 }, () => state.claim(owner)));
    const writes = await Promise.allSettled(claims.map((claim, index) => claim.write(textWrite({ a: String(index) }))));
    expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const winner = writes.findIndex(({ status }) => status === 'fulfilled');
    expect(texts(await state.read(owner))).toEqual([['a', String(winner)]]);
  });

  test('behaves as a sorted map, whether checkpoints go in one step or in many', async () => {
    const step = fc.tuple(anyChanges, anyStateKey, fc.option(anyStateKey, { nil: undefined }), fc.boolean());
    const states = [backend({ maxScriptEntries: 2 }), backend({ maxScriptBytes: 5 }), backend()];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.integer({ min: 0, max: 2 }), async (steps, which) => {
        const mine = { ...owner, split: String((number += 1)) };
        const model = new StateModel();
        let claim = await states[which]!.claim(mine);
        for (const [changes, start, after, again] of steps) {
          await claim.write({ ...textWrite({}), ...changes });
          model.apply(changes);
          if (again) claim = await states[which]!.claim(mine);
          const reader = again ? claim : (await states[which]!.read(mine))!;
          expect(bytesOf(reader, start, after)).toEqual(model.scan(start, after));
        }
        expect(bytesOf(await states[which]!.claim(mine))).toEqual(model.scan());
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('a large checkpoint is all there or not at all, for readers at any moment and for whoever claims', async () => {
    const state = backend({ maxScriptEntries: 10 });
    const claim = await state.claim(owner);
    const large = (value: string): Record<string, string> =>
      Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`k${String(index)}`, value]));
    await claim.write(textWrite(large('0'), [], 0));
    let isWriting = true;
    const writing = (async () => {
      for (let round = 1; round <= 10; round += 1) await claim.write(textWrite(large(String(round)), [], round));
      isWriting = false;
    })();
    let reads = 0;
    while (isWriting) {
      const reader = await state.read(owner);
      const position = String(reader?.snapshot?.positions.get('in-0'));
      expect(texts(reader)).toHaveLength(400);
      expect(new Set(texts(reader).map(([, value]) => value))).toEqual(new Set([position]));
      reads += 1;
    }
    await writing;
    expect(reads).toBeGreaterThan(0);
    const rounds = Array.from({ length: 10 }, async (_, index) => {
      await claim.write(textWrite(large(String(20 + index)), [], 20 + index));
    });
    const next = await state.claim(owner);
    await Promise.allSettled(rounds);
    const position = String(next.snapshot?.positions.get('in-0'));
    expect(new Set(texts(next).map(([, value]) => value))).toEqual(new Set([position]));
  }, 60_000);

  test('what an iterable throws leaves everything as it was; bytes may be used again after the call', async () => {
    const state = backend();
    const claim = await state.claim(owner);
    const bytes = Buffer.from('one');
    const writing = claim.write({ ...textWrite({}), puts: [['a', bytes]] });
    bytes.write('two');
    await writing;
    const puts = function* (): Generator<readonly [string, Uint8Array]> {
      yield ['a', Buffer.from('three')];
      throw new Error('cannot be serialized');
    };
    await expect(claim.write({ ...textWrite({}, ['a'], 2), puts: puts() })).rejects.toThrow('cannot be serialized');
    await claim.write(textWrite({ b: 'x' }, [], 3));
    expect(texts(await state.read(owner))).toEqual([
      ['a', 'one'],
      ['b', 'x'],
    ]);
  });

  describe('names', () => {
    const hostile = ['', 'a', 'a:b', '{', '}', '{}', '\ud800', '%', '"', '\r\n', '*', 'x'.repeat(5_000), '\0'];

    test('are kept apart, and keys of one task are of one slot', async () => {
      const state = backend();
      const owners = hostile.flatMap((name) => [
        { jobName: 'job', source: name, split: 'a' },
        { jobName: 'job', source: 'a', split: `${name} ` },
        { jobName: name, source: 'b', split: 'c' },
      ]);
      const seen = new Set<string>();
      for (const [index, each] of owners.entries()) {
        await (await state.claim(each)).write(textWrite({ key: String(index) }));
        const keys = keysOf(stateKeys(currentPrefix(), each));
        keys.forEach((key) => seen.add(key));
        const tags = keys.map((key) => /^[^{]*\{([^{}]+)\}[^{}]*$/.exec(key)?.[1]);
        expect(tags[0]).toBeDefined();
        expect(new Set(tags).size).toBe(1);
      }
      expect(seen.size).toBe(3 * owners.length);
      for (const [index, each] of owners.entries()) {
        expect(texts(await state.read(each))).toEqual([['key', String(index)]]);
      }
      await state.claim({ jobName: 'job', source: 'never', split: 'written' });
      const text = (each: object): string => JSON.stringify(each);
      expect(new Set((await state.owners('job')).map(text))).toEqual(
        new Set(owners.filter((each) => each.jobName === 'job').map(text)),
      );
    });
  });

  describe('what others did to the keys', () => {
    test('entries that are gone are noticed by the next claim', async () => {
      const state = backend();
      await (await state.claim(owner)).write(textWrite({ a: 'one' }));
      await connection.call('DEL', [stateKeys(currentPrefix(), owner).entries]);
      await expect(state.claim(owner)).rejects.toMatchObject({ code: 'ERR_REDIS_STATE_DAMAGED' });
      await expect(state.read(owner)).rejects.toThrow('it has 0 entries, the last checkpoint left 1');
    });

    test('a server that went back to an earlier checkpoint is noticed by the next write', async () => {
      const state = backend();
      const claim = await state.claim(owner);
      await claim.write(textWrite({ a: 'one' }));
      await claim.write(textWrite({ b: 'two' }));
      await connection.call('HSET', [stateKeys(currentPrefix(), owner).meta, 'sequence', '1']);
      await expect(claim.write(textWrite({ c: 'three' }))).rejects.toThrow('an acknowledged checkpoint is missing');
      expect(texts(await state.claim(owner)).map(([key]) => key)).toEqual(['a', 'b']);
    });

    test('a state that was removed under its owner is noticed by the next write', async () => {
      const state = backend();
      const claim = await state.claim(owner);
      await claim.write(textWrite({ a: 'one' }));
      await connection.call('DEL', keysOf(stateKeys(currentPrefix(), owner)));
      await expect(claim.write(textWrite({ b: 'two' }))).rejects.toMatchObject({ code: 'ERR_REDIS_STATE_DAMAGED' });
    });
  });
});
