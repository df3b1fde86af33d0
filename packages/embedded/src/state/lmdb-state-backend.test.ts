import { describe, expect, test } from '@jest/globals';
import type { StateBackend, StateKey, StateReader, StateWrite } from '@millrace/core';
import fc from 'fast-check';
import { TemporaryStores } from '../../test/temporary-store.js';
import { embeddedStateBackend } from './embedded-state-backend.js';

const stores = new TemporaryStores();
const owner = { jobName: 'job', source: 'in', split: 'in-0' };

function write(puts: Record<string, string>, deletes: string[] = [], position = 1): StateWrite {
  return {
    positions: new Map([['in-0', position]]),
    meta: `{"position":${String(position)}}`,
    puts: Object.entries(puts).map(([key, value]) => [key, Buffer.from(value)] as const),
    deletes,
  };
}

function contents(reader: StateReader | undefined, prefix = '', after?: StateKey): [string, string][] {
  return [...reader!.scan(prefix, after)].map(([key, value]) => [key, Buffer.from(value).toString()]);
}

async function backend(): Promise<StateBackend> {
  return embeddedStateBackend({ store: await stores.open() });
}

describe('keyed state in an embedded store', () => {
  test('a claim begins empty, sees what it writes, and the next one goes on from there', async () => {
    const state = await backend();
    const first = await state.claim(owner);
    expect(first.snapshot).toBeUndefined();
    expect(first.isLargerThanMemory).toBe(true);
    expect(contents(first)).toEqual([]);
    await first.write(write({ b: 'two', a: 'one' }));
    await first.write(write({ c: 'three' }, ['a', 'never put'], 2));
    expect(contents(first)).toEqual([
      ['b', 'two'],
      ['c', 'three'],
    ]);
    expect(first.get('a')).toBeUndefined();
    const next = await state.claim(owner);
    expect(next.snapshot).toEqual({ positions: new Map([['in-0', 2]]), meta: '{"position":2}' });
    expect(contents(next)).toEqual(contents(first));
  });

  test('the write of an owner that was replaced is refused and changes nothing', async () => {
    const state = await backend();
    const zombie = await state.claim(owner);
    await zombie.write(write({ a: 'one' }));
    const current = await state.claim(owner);
    const both = await Promise.allSettled([
      zombie.write(write({ a: 'zombie' }, [], 7)),
      current.write(write({ a: 'current' }, [], 2)),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await expect(zombie.write(write({ b: 'zombie' }))).rejects.toMatchObject({ code: 'ERR_STATE_FENCED' });
    expect(contents(await state.read(owner))).toEqual([['a', 'current']]);
  });

  test('what an iterable throws, and a key that is too long, leave everything as it was', async () => {
    const state = await backend();
    const claim = await state.claim(owner);
    await claim.write(write({ a: 'one' }));
    const puts = function* (): Generator<readonly [string, Uint8Array]> {
      yield ['a', Buffer.from('two')];
      throw new Error('cannot be serialized');
    };
    await expect(claim.write({ ...write({}, ['a'], 2), puts: puts() })).rejects.toThrow('cannot be serialized');
    await expect(claim.write(write({ b: 'two', ['k'.repeat(1_975)]: 'long' }, ['a'], 2))).rejects.toMatchObject({
      code: 'ERR_EMBEDDED_KEY',
    });
    expect(contents(claim)).toEqual([['a', 'one']]);
    expect((await state.read(owner))?.snapshot?.positions).toEqual(new Map([['in-0', 1]]));
    await claim.write(write({ ['k'.repeat(1_974)]: 'fits' }));
    expect(claim.get('k'.repeat(1_974))).toEqual(Buffer.from('fits'));
  });

  test('values are taken when the write is called, though bytes are used again', async () => {
    const state = await backend();
    const claim = await state.claim(owner);
    const bytes = Buffer.from('one');
    const writing = claim.write({ ...write({}), puts: [['a', bytes]] });
    bytes.write('two');
    await writing;
    expect(contents(claim)).toEqual([['a', 'one']]);
  });

  test('a reader keeps its moment, whatever is written afterwards', async () => {
    const state = await backend();
    expect(await state.read(owner)).toBeUndefined();
    const claim = await state.claim(owner);
    expect(await state.read(owner)).toBeUndefined();
    await claim.write(write({ a: 'one', b: 'two' }));
    const reader = await state.read(owner);
    for (let round = 2; round < 20; round += 1) {
      await claim.write(write({ a: `round ${String(round)}`, c: 'new' }, ['b'], round));
      await new Promise((resolve) => setImmediate(resolve));
      expect(contents(reader)).toEqual([
        ['a', 'one'],
        ['b', 'two'],
      ]);
      expect(reader?.get('c')).toBeUndefined();
    }
    expect(reader?.snapshot?.positions).toEqual(new Map([['in-0', 1]]));
  });

  test('a scan begins strictly after a key', async () => {
    const state = await backend();
    const claim = await state.claim(owner);
    await claim.write(write({ a: '', a0: '', ['a\u00ff']: '', ['a\u00ff\u00ff']: '', b: '' }));
    const keys = (prefix: string, after?: string): string[] => contents(claim, prefix, after).map(([key]) => key);
    expect(keys('a')).toEqual(['a', 'a0', 'a\u00ff', 'a\u00ff\u00ff']);
    expect(keys('a', 'a')).toEqual(['a0', 'a\u00ff', 'a\u00ff\u00ff']);
    expect(keys('a', 'a\u00ff')).toEqual(['a\u00ff\u00ff']);
    expect(keys('a', 'A')).toEqual(keys('a'));
    expect(keys('a', 'b')).toEqual([]);
    expect(keys('\u00ff')).toEqual([]);
    expect(keys('')).toHaveLength(5);
    expect(claim.get('a')).toEqual(Buffer.alloc(0));
  });

  test('jobs, sources and splits are kept apart, whatever their names', async () => {
    const state = await backend();
    const hostile = ['', 'a', 'a","b', '\ud800', 'x'.repeat(5_000), '../..', '{}', '\0'];
    const owners = hostile.flatMap((name) => [
      { jobName: 'job', source: name, split: 'a' },
      { jobName: 'job', source: 'a', split: `${name} ` },
      { jobName: name, source: 'b', split: 'c' },
    ]);
    for (const [index, each] of owners.entries()) {
      await (await state.claim(each)).write(write({ key: String(index) }, [], index));
    }
    for (const [index, each] of owners.entries()) {
      const reader = await state.read(each);
      expect(contents(reader)).toEqual([['key', String(index)]]);
      expect(reader?.snapshot?.positions).toEqual(new Map([['in-0', index]]));
    }
    await state.claim({ jobName: 'job', source: 'never', split: 'written' });
    const ofJob = await state.owners('job');
    expect(new Set(ofJob.map((each) => JSON.stringify(each)))).toEqual(
      new Set(owners.filter((each) => each.jobName === 'job').map((each) => JSON.stringify(each))),
    );
  });

  test('behaves as a sorted map, over any writes and scans', async () => {
    const key = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
      maxLength: 4,
    });
    const step = fc.record({
      puts: fc.array(fc.tuple(key, fc.uint8Array({ maxLength: 8 })), { maxLength: 8 }),
      deletes: fc.array(key, { maxLength: 4 }),
      prefix: key,
      after: fc.option(key, { nil: undefined }),
      again: fc.boolean(),
    });
    let number = 0;
    const state = await backend();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const mine = { ...owner, split: String((number += 1)) };
        const model = new Map<string, Uint8Array>();
        let claim = await state.claim(mine);
        for (const { puts, deletes, prefix, after, again } of steps) {
          await claim.write({ ...write({}), puts, deletes });
          for (const each of deletes) model.delete(each);
          for (const [each, bytes] of puts) model.set(each, bytes);
          if (again) claim = await state.claim(mine);
          const expected = [...model].filter(
            ([each]) => each.startsWith(prefix) && (after === undefined || each > after),
          );
          expected.sort(([a], [b]) => (a < b ? -1 : 1));
          expect([...claim.scan(prefix, after)].map(([each, bytes]) => [each, Uint8Array.from(bytes)])).toEqual(
            expected,
          );
          expect(claim.get(prefix)?.length).toBe(model.get(prefix)?.length);
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe('a folder for state alone', () => {
  test('is opened when it is needed, keeps the state, and is given back by close', async () => {
    const directory = await stores.directory();
    const first = embeddedStateBackend({ directory });
    await first.close?.();
    await (await first.claim(owner)).write(write({ a: 'one' }));
    const second = embeddedStateBackend({ directory });
    await expect(second.claim(owner)).rejects.toMatchObject({ code: 'ERR_EMBEDDED_IN_USE' });
    const reader = await first.read(owner);
    expect(contents(reader)).toEqual([['a', 'one']]);
    await first.close?.();
    expect(contents(await second.claim(owner))).toEqual([['a', 'one']]);
    await second.close?.();
  });
});

test('a store that the machine left open has its state read through', async () => {
  const store = await stores.open();
  await (await embeddedStateBackend({ store: () => store }).claim(owner)).write(write({ a: 'one' }));
  expect(store.state.verify()).toBe(1);
});
