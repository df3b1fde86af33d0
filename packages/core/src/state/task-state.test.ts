import { describe, expect, test } from '@jest/globals';
import { ListStateDescriptor, MapStateDescriptor, MemoryStateBackend, ValueStateDescriptor } from '@millrace/core';
import { CacheSweep } from './cache-sweep.js';
import { OWNER, StateFixture } from '../test-support/state-fixture.js';

const count = new ValueStateDescriptor<number>('count');

describe('flink 1.9 and 2.4: state identity is operator uid and state name', () => {
  test('two operators may call a state by one name', async () => {
    const its = new StateFixture();
    const open = async () => {
      await its.open({ stateful: ['one', 'two'] });
      return ['one', 'two'].map((uid) => {
        const states = its.task.forOperator(uid);
        const value = states.getState(new ValueStateDescriptor<string>('state'));
        states.setCurrentKey('a');
        return value;
      });
    };
    for (const [n, value] of (await open()).entries()) value.update(`of ${String(n)}`);
    await its.checkpoint();
    expect((await open()).map((value) => value.value())).toEqual(['of 0', 'of 1']);
  });

  test('names are unique in an operator; the same descriptor asked for again is the same state', async () => {
    const states = await new StateFixture().open();
    const value = states.getState(count);
    expect(states.getState(count)).toBe(value);
    const duplicate = expect.objectContaining({ code: 'ERR_STATE_DUPLICATE' });
    expect(() => states.getState(new ValueStateDescriptor('count'))).toThrow(duplicate);
    expect(() => states.getListState(new ListStateDescriptor('count'))).toThrow(duplicate);
    expect(() => states.sortedSet('count')).toThrow(duplicate);
  });

  test('states are asked for before the first checkpoint', async () => {
    const its = new StateFixture();
    const states = await its.open();
    await its.checkpoint();
    expect(() => states.getState(count)).toThrow(expect.objectContaining({ code: 'ERR_STATE_LATE' }));
  });

  test('operators and states may be asked for in another order, added, and left out', async () => {
    const its = new StateFixture();
    const uids = ['one', 'two'];
    await its.open({ stateful: uids });
    for (const uid of uids) {
      for (const name of ['x', 'y']) {
        const states = its.task.forOperator(uid);
        const value = states.getState(new ValueStateDescriptor<string>(name));
        states.setCurrentKey('a');
        value.update(`${uid} ${name}`);
      }
    }
    await its.checkpoint();

    await its.open({ stateful: ['new', 'two', 'one'] });
    const seen = [];
    for (const uid of ['new', 'two', 'one']) {
      for (const name of ['z', 'y']) {
        const states = its.task.forOperator(uid);
        const value = states.getState(new ValueStateDescriptor<string>(name));
        states.setCurrentKey('a');
        seen.push(value.value());
      }
    }
    expect(seen).toEqual([undefined, undefined, undefined, 'two y', undefined, 'one y']);
    await its.checkpoint();

    // A state that an operator did not ask for stays where it is.
    await its.open({ stateful: uids });
    const states = its.task.forOperator('one');
    const value = states.getState(new ValueStateDescriptor<string>('x'));
    states.setCurrentKey('a');
    expect(value.value()).toBe('one x');
  });

  test('state without an operator fails the start, unless it is allowed to go; then it is gone', async () => {
    const its = new StateFixture();
    await its.open({ stateful: ['gone'] });
    const states = its.task.forOperator('gone');
    const value = states.getState(count);
    states.setCurrentKey('a');
    value.update(1);
    await its.checkpoint();
    await expect(its.open({ stateful: ['op'] })).rejects.toMatchObject({
      code: 'ERR_STATE_UNCLAIMED',
      message: expect.stringContaining('gone'),
    });
    await its.open({ stateful: ['op'], allowNonRestoredState: true });
    expect(await its.persisted()).toHaveLength(1);
    await its.checkpoint();
    expect(await its.persisted()).toEqual([]);
    await its.open({ stateful: ['op'] });
  });

  test('an operator that kept nothing may go without a word', async () => {
    const its = new StateFixture();
    await its.open({ stateful: ['gone'] });
    its.task.forOperator('gone').getState(count);
    await its.checkpoint();
    await expect(its.open({ stateful: ['op'] })).resolves.toBeDefined();
  });
});

describe('flink 2.1 the checkpoint of a task', () => {
  test('restores positions and state of the last one that was written', async () => {
    const its = new StateFixture();
    const open = async () => {
      const states = await its.open();
      states.setCurrentKey('a');
      return states.getState(count);
    };
    let value = await open();
    expect(its.task.restoredPositions.size).toBe(0);
    value.update(1);
    await its.checkpoint(10);
    value.update(2);
    value = await open();
    expect([value.value(), its.task.restoredPositions.get('in')]).toEqual([1, 10]);
  });

  test('holds what changed since the last, and nothing of what came and went between', async () => {
    const its = new StateFixture();
    const states = await its.open();
    const value = states.getState(count);
    const list = states.getListState(new ListStateDescriptor<number>('list'));
    for (let key = 0; key < 5_000; key += 1) {
      states.setCurrentKey(key);
      value.update(key);
      list.addAll([1, 2]);
      if (key > 0) {
        value.clear();
        list.clear();
      }
    }
    expect(its.task.changes).toBe(3);
    await its.checkpoint();
    expect(its.task.changes).toBe(0);
    expect(await its.persisted()).toHaveLength(3);
    states.setCurrentKey(0);
    value.value();
    list.get();
    expect(its.task.changes).toBe(0);
  });

  test('that failed is made up for by the next: changes, removals and set members', async () => {
    const memory = new MemoryStateBackend();
    let fails = false;
    const its = new StateFixture({
      owners: (job) => memory.owners(job),
      read: (owner) => memory.read(owner),
      claim: async (owner) => {
        const claim = await memory.claim(owner);
        // The answer is lost; whether the write is, the caller cannot know.
        const write: typeof claim.write = async (changes) => {
          await claim.write(changes);
          if (fails) throw new Error('no answer');
        };
        return { ...claim, write };
      },
    });
    const open = async () => {
      const states = await its.open();
      states.setCurrentKey('a');
      return {
        states,
        value: states.getState(count),
        list: states.getListState(new ListStateDescriptor<number>('list')),
        map: states.getMapState(new MapStateDescriptor<string, number>('map')),
        set: states.sortedSet('set'),
      };
    };
    let { states, value, list, map, set } = await open();
    value.update(1);
    list.addAll([1, 2]);
    map.putAll([
      ['x', 1],
      ['y', 1],
    ]);
    set.add('m');
    await its.checkpoint();
    value.clear();
    list.add(3);
    map.remove('x');
    set.delete('m');
    fails = true;
    await expect(its.checkpoint()).rejects.toThrow('no answer');
    fails = false;
    list.update([4]);
    map.put('z', 2);
    await its.checkpoint();
    ({ states, value, list, map, set } = await open());
    expect(value.value()).toBeUndefined();
    expect(list.get()).toEqual([4]);
    expect([...map.keys()].sort()).toEqual(['y', 'z']);
    expect([...set.members()]).toEqual([]);
    expect(states.size).toBe(2);
  });

  test('is one at a time: a second one while the first is unanswered fails, and loses nothing', async () => {
    const memory = new MemoryStateBackend();
    let answer: (() => void) | undefined;
    const its = new StateFixture({
      owners: (job) => memory.owners(job),
      read: (owner) => memory.read(owner),
      claim: async (owner) => {
        const claim = await memory.claim(owner);
        const write: typeof claim.write = async (changes) => {
          const taken = { ...changes, puts: [...changes.puts], deletes: [...changes.deletes] };
          await new Promise<void>((resolve) => (answer = resolve));
          await claim.write(taken);
        };
        return { ...claim, write };
      },
    });
    const states = await its.open();
    const value = states.getState(count);
    states.setCurrentKey('a');
    value.update(1);
    const first = its.checkpoint(1);
    value.update(2);
    await expect(its.checkpoint(2)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT' });
    answer?.();
    await first;
    expect(its.task.changes).toBe(1);
    const third = its.checkpoint(3);
    answer?.();
    await third;
    const restored = (await its.open()).getState(count);
    its.task.forOperator('op').setCurrentKey('a');
    expect(restored.value()).toBe(2);
  });

  test('of a value that cannot be serialized fails and names nothing written', async () => {
    const its = new StateFixture();
    const states = await its.open();
    const value = states.getState(new ValueStateDescriptor<unknown>('value'));
    states.setCurrentKey('a');
    value.update(() => 1);
    await expect(its.checkpoint()).rejects.toThrow('could not be cloned');
    expect(await its.backend.read(OWNER)).toBeUndefined();
    value.update(1);
    await its.checkpoint();
    expect(await its.persisted()).toHaveLength(1);
  });
});

describe('state larger than memory', () => {
  test('keeps a bounded number of entries in memory, and reads the others when they are asked for', async () => {
    const its = new StateFixture(new MemoryStateBackend({ isLargerThanMemory: true }));
    const states = await its.open({ cache: new CacheSweep(100) });
    const value = states.getState(count);
    for (let round = 0; round < 20; round += 1) {
      for (let key = 0; key < 1_000; key += 1) {
        states.setCurrentKey(key);
        value.update((value.value() ?? 0) + 1);
        if (its.task.changes >= 200) await its.checkpoint();
        expect(its.task.entriesInMemory).toBeLessThanOrEqual(500);
      }
    }
    await its.checkpoint();
    expect(states.size).toBe(1_000);
    expect(new Set(states.keys('count')).size).toBe(1_000);
    for (let key = 0; key < 1_000; key += 1) {
      states.setCurrentKey(key);
      expect(value.value()).toBe(20);
    }
    expect(its.task.entriesInMemory).toBeLessThanOrEqual(110);
  });

  test('one bound for all tasks of a job: the busy one takes the room of the others, until they end', async () => {
    const cache = new CacheSweep(100);
    const open = async () => {
      const its = new StateFixture(new MemoryStateBackend({ isLargerThanMemory: true }));
      const states = await its.open({ cache });
      return { its, states, value: states.getState(count) };
    };
    const tasks = [await open(), await open(), await open(), await open()];
    const fill = async ({ its, states, value }: (typeof tasks)[number]): Promise<void> => {
      for (let key = 0; key < 1_000; key += 1) {
        states.setCurrentKey(key);
        value.update((value.value() ?? 0) + 1);
        if (its.task.changes >= 50) await its.checkpoint();
      }
      await its.checkpoint();
    };
    for (const task of tasks) await fill(task);
    for (const task of tasks) await fill(task);
    const inMemory = tasks.map(({ its }) => its.task.entriesInMemory);
    expect(cache.size).toBe(inMemory.reduce((sum, entries) => sum + entries, 0));
    expect(cache.size).toBeLessThanOrEqual(200);
    expect(inMemory.at(-1)).toBeGreaterThan(50);

    for (const { its } of tasks.slice(1)) its.task.close();
    expect(cache.size).toBe(tasks[0]!.its.task.entriesInMemory);
    await fill(tasks[0]!);
    expect(cache.size).toBeLessThanOrEqual(200);
    for (const { states, value } of tasks) {
      states.setCurrentKey(999);
      expect(value.value()).toBeGreaterThanOrEqual(2);
    }
  });

  test('what a task is writing stays in memory, whoever makes room', async () => {
    const cache = new CacheSweep(10);
    const gates: (() => void)[] = [];
    const backend = new MemoryStateBackend({ isLargerThanMemory: true });
    const slow = new StateFixture({
      owners: (jobName) => backend.owners(jobName),
      read: (owner) => backend.read(owner),
      async claim(owner) {
        const claim = await backend.claim(owner);
        return {
          snapshot: claim.snapshot,
          isLargerThanMemory: true,
          get: (key) => claim.get(key),
          scan: (prefix, after) => claim.scan(prefix, after),
          async write() {
            await new Promise<void>((resolve) => gates.push(resolve));
            throw new Error('refused');
          },
        };
      },
    });
    const other = new StateFixture(new MemoryStateBackend({ isLargerThanMemory: true }));
    const states = await slow.open({ cache });
    const value = states.getState(count);
    for (let key = 0; key < 20; key += 1) {
      states.setCurrentKey(key);
      value.update(key);
    }
    const written = slow.checkpoint();
    const others = await other.open({ cache });
    const otherValue = others.getState(count);
    for (let key = 0; key < 200; key += 1) {
      others.setCurrentKey(key);
      otherValue.update(key);
      if (key % 10 === 9) await other.checkpoint();
    }
    expect(slow.task.entriesInMemory).toBe(20);
    for (const open of gates) open();
    await expect(written).rejects.toThrow('refused');
    for (let key = 0; key < 20; key += 1) {
      states.setCurrentKey(key);
      expect(value.value()).toBe(key);
    }
  });

  /** The entries of `value` and `map` for key `a`, written, and then out of memory. */
  async function evicted() {
    const its = new StateFixture(new MemoryStateBackend({ isLargerThanMemory: true }));
    const states = await its.open({ cache: new CacheSweep(1) });
    const value = states.getState(count);
    const map = states.getMapState(new MapStateDescriptor<string, number>('map'));
    const evict = (): void => {
      for (let key = 0; key < 20; key += 1) {
        states.setCurrentKey(key);
        value.value();
      }
      states.setCurrentKey('a');
    };
    for (let key = 0; key < 20; key += 1) {
      states.setCurrentKey(key);
      value.update(key);
    }
    states.setCurrentKey('a');
    value.update(1);
    map.putAll(Object.entries({ x: 1, y: 1, z: 1 }));
    await its.checkpoint();
    evict();
    const reopen = async () => {
      const again = await its.open();
      const states = { value: again.getState(count), map: again.getMapState(new MapStateDescriptor('map')) };
      again.setCurrentKey('a');
      return states;
    };
    return { its, value, map, evict, reopen };
  }

  test('deletes what was replaced without being read, and then cleared', async () => {
    const { its, value, map, reopen } = await evicted();
    value.update(2);
    value.clear();
    map.put('x', 2);
    map.remove('x');
    await its.checkpoint();
    expect([value.value(), map.get('x')]).toEqual([undefined, undefined]);
    const again = await reopen();
    expect([again.value.value(), [...again.map.keys()]]).toEqual([undefined, ['y', 'z']]);
  });

  test('knows that a map is not whole when some of it has been given back', async () => {
    const { its, map, evict } = await evicted();
    expect([...map.keys()].sort()).toEqual(['x', 'y', 'z']);
    map.put('z', 2);
    evict();
    await its.checkpoint();
    evict();
    expect([map.get('x'), map.get('z'), [...map.keys()].sort()]).toEqual([1, 2, ['x', 'y', 'z']]);
    map.put('x', 3);
    evict();
    expect([...map.entries()].sort()).toEqual([
      ['x', 3],
      ['y', 1],
      ['z', 2],
    ]);
  });
});
