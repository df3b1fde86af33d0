import { describe, expect, test } from '@jest/globals';
import {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  MemoryStateBackend,
  ReducingStateDescriptor,
  ValueStateDescriptor,
} from '@millrace/core';
import { CacheSweep } from './cache-sweep.js';
import { StateFixture } from '../test-support/state-fixture.js';

const average = {
  createAccumulator: () => ({ sum: 0, count: 0 }),
  add: (value: number, { sum, count }: { sum: number; count: number }) => ({ sum: sum + value, count: count + 1 }),
  getResult: ({ sum, count }: { sum: number; count: number }) => sum / count,
  merge: (a: { sum: number; count: number }, b: { sum: number; count: number }) => ({
    sum: a.sum + b.sum,
    count: a.count + b.count,
  }),
};
const larger = (): StateFixture => new StateFixture(new MemoryStateBackend({ isLargerThanMemory: true }));

describe('flink 1.9 state: ValueState', () => {
  test('value() is undefined where nothing was set; update sets, clear forgets', async () => {
    const states = await new StateFixture().open();
    const value = states.getState(new ValueStateDescriptor<number>('value'));
    states.setCurrentKey('a');
    expect(value.value()).toBeUndefined();
    value.update(0);
    expect(value.value()).toBe(0);
    value.clear();
    expect(value.value()).toBeUndefined();
    value.update(1);
    value.update(undefined);
    expect(value.value()).toBeUndefined();
    expect(states.size).toBe(0);
  });

  test('is scoped to the current key, and "1" is not 1', async () => {
    const states = await new StateFixture().open();
    const value = states.getState(new ValueStateDescriptor<string>('value'));
    for (const key of ['1', 1, '']) {
      states.setCurrentKey(key);
      value.update(typeof key + String(key));
    }
    states.setCurrentKey(1);
    expect(value.value()).toBe('number1');
    states.setCurrentKey('');
    expect(value.value()).toBe('string');
    expect([...states.keys('value')]).toEqual(['1', 1, '']);
  });
});

describe('flink 1.9 state: ListState', () => {
  test('add, addAll, get in the order of adding, update(list), clear', async () => {
    const states = await new StateFixture().open();
    const list = states.getListState(new ListStateDescriptor<string>('list'));
    states.setCurrentKey('a');
    expect(list.get()).toEqual([]);
    list.add('x');
    list.addAll(['y', 'z']);
    expect(list.get()).toEqual(['x', 'y', 'z']);
    list.update(list.get().slice(1));
    expect(list.get()).toEqual(['y', 'z']);
    expect(() => {
      list.add(undefined as unknown as string);
    }).toThrow(TypeError);
    list.clear();
    expect(list.get()).toEqual([]);
    expect(states.size).toBe(0);
  });

  test.each([
    ['in memory', () => new StateFixture()],
    ['larger than memory', larger],
  ])('keeps its order over checkpoints, removals and restarts, %s', async (_where, fixture) => {
    const its = fixture();
    const restart = async () => {
      const states = await its.open({ cache: new CacheSweep(1) });
      states.setCurrentKey('a');
      return states.getListState(new ListStateDescriptor<number>('list'));
    };
    let list = await restart();
    list.addAll(Array.from({ length: 300 }, (_, n) => n));
    await its.checkpoint();
    list = await restart();
    list.update(list.get().filter((n) => n % 2 === 0));
    list.add(1_000);
    await its.checkpoint();
    list = await restart();
    expect(list.get()).toEqual([...Array.from({ length: 150 }, (_, n) => 2 * n), 1_000]);
    list.clear();
    list.add(1);
    await its.checkpoint();
    expect(await its.persisted()).toHaveLength(1);
    expect((await restart()).get()).toEqual([1]);
  });
});

describe('flink 1.9 state: MapState', () => {
  test('get, put, putAll, remove, contains, entries, keys, values, iterator, isEmpty, clear', async () => {
    const states = await new StateFixture().open();
    const map = states.getMapState(new MapStateDescriptor<string | number, number>('map'));
    states.setCurrentKey('a');
    expect(map.isEmpty()).toBe(true);
    map.put('x', 1);
    map.putAll([
      ['y', 2],
      [7, 3],
      ['7', 4],
    ]);
    expect([map.get('x'), map.get(7), map.get('7'), map.get('none')]).toEqual([1, 3, 4, undefined]);
    expect([map.contains(7), map.contains('z')]).toEqual([true, false]);
    map.remove('x');
    map.remove('none');
    const entries = [
      ['y', 2],
      [7, 3],
      ['7', 4],
    ];
    expect([...map.entries()]).toEqual(entries);
    expect([...map]).toEqual(entries);
    expect([...map.keys()]).toEqual(['y', 7, '7']);
    expect([...map.values()]).toEqual([2, 3, 4]);
    expect(() => {
      map.put('x', undefined as unknown as number);
    }).toThrow(TypeError);
    map.clear();
    expect([map.isEmpty(), states.size]).toEqual([true, 0]);
  });

  test('may change while one goes through its entries', async () => {
    const states = await new StateFixture().open();
    const map = states.getMapState(new MapStateDescriptor<string, number>('map'));
    states.setCurrentKey('a');
    map.putAll(Object.entries({ a: 1, b: 2, c: 3 }));
    for (const [key, value] of map.entries()) {
      if (value === 2) map.remove(key);
      else map.put(`${key}${key}`, value);
    }
    expect([...map.keys()].sort()).toEqual(['a', 'aa', 'c', 'cc']);
  });

  test('writes to a checkpoint what changed of it, not all of it', async () => {
    const its = larger();
    const states = await its.open();
    const map = states.getMapState(new MapStateDescriptor<number, number>('map'));
    states.setCurrentKey('a');
    for (let n = 0; n < 100; n += 1) map.put(n, n);
    expect(its.task.changes).toBe(100);
    await its.checkpoint();
    map.put(5, 6);
    map.remove(7);
    const { puts, deletes } = its.task.changed(new Map());
    expect([[...puts].length, [...deletes].length, its.task.changes]).toEqual([1, 1, 2]);
  });
});

describe('flink 1.9 state: ReducingState and AggregatingState', () => {
  test('ReducingState: add combines by the ReduceFunction, get is undefined where nothing was added', async () => {
    const states = await new StateFixture().open();
    const sum = states.getReducingState(new ReducingStateDescriptor<number>('sum', (a, b) => a + b));
    states.setCurrentKey('a');
    expect(sum.get()).toBeUndefined();
    sum.add(1);
    sum.add(2);
    expect(sum.get()).toBe(3);
    sum.clear();
    expect(sum.get()).toBeUndefined();
  });

  test('AggregatingState: add(IN) keeps the accumulator, get gives OUT', async () => {
    const its = new StateFixture();
    const descriptor = new AggregatingStateDescriptor('average', average);
    let mean = (await its.open()).getAggregatingState(descriptor);
    its.task.forOperator('op').setCurrentKey('a');
    expect(mean.get()).toBeUndefined();
    for (const n of [1, 2, 6]) mean.add(n);
    expect(mean.get()).toBe(3);
    await its.checkpoint();
    mean = (await its.open()).getAggregatingState(descriptor);
    its.task.forOperator('op').setCurrentKey('a');
    mean.add(3);
    expect(mean.get()).toBe(3);
    mean.clear();
    expect(mean.get()).toBeUndefined();
  });

  test('a function that throws leaves the state as it was', async () => {
    const states = await new StateFixture().open();
    const sum = states.getReducingState(
      new ReducingStateDescriptor<number>('sum', (a, b) => {
        if (b < 0) throw new RangeError('negative');
        return a + b;
      }),
    );
    states.setCurrentKey('a');
    sum.add(1);
    expect(() => {
      sum.add(-1);
    }).toThrow(RangeError);
    expect(sum.get()).toBe(1);
  });
});

describe('state by key and namespace', () => {
  test('is apart for each namespace; a state by key alone is in all of them', async () => {
    const states = await new StateFixture().open();
    const ofWindow = states.getState(new ValueStateDescriptor<number>('window'), { namespaced: true });
    const ofKey = states.getState(new ValueStateDescriptor<number>('key'));
    states.setCurrentKey('a');
    states.setCurrentNamespace('0:5');
    ofWindow.update(1);
    ofKey.update(2);
    states.setCurrentNamespace('5:10');
    expect([ofWindow.value(), ofKey.value()]).toEqual([undefined, 2]);
    states.setCurrentNamespace('0:5');
    expect([ofWindow.value(), ofKey.value()]).toEqual([1, 2]);
    expect(states.size).toBe(2);
  });

  test.each([
    ['in memory', () => new StateFixture()],
    ['larger than memory', larger],
  ])('merges: lists are concatenated, reducing and aggregating states combined, %s', async (_where, fixture) => {
    const its = fixture();
    const descriptors = {
      list: new ListStateDescriptor<number>('list'),
      sum: new ReducingStateDescriptor<number>('sum', (a, b) => a + b),
      mean: new AggregatingStateDescriptor('mean', average),
    };
    const open = async () => {
      const states = await its.open({ cache: new CacheSweep(2) });
      return {
        states,
        list: states.getListState(descriptors.list, { namespaced: true }),
        sum: states.getReducingState(descriptors.sum, { namespaced: true }),
        mean: states.getAggregatingState(descriptors.mean, { namespaced: true }),
      };
    };
    let { states, list, sum, mean } = await open();
    for (const key of ['a', 'b']) {
      states.setCurrentKey(key);
      for (const [n, namespace] of ['w1', 'w2', 'w3'].entries()) {
        states.setCurrentNamespace(namespace);
        list.addAll([n, 10 * n]);
        sum.add(n);
        mean.add(n);
      }
    }
    await its.checkpoint();
    ({ states, list, sum, mean } = await open());
    states.setCurrentKey('a');
    states.setCurrentNamespace('w1');
    for (const name of ['list', 'sum', 'mean']) states.mergeNamespaces(name, 'w2', ['w3', 'w2', 'w1']);
    expect(states.currentNamespace).toBe('w1');
    expect([list.get(), sum.get(), mean.get()]).toEqual([[], undefined, undefined]);
    await its.checkpoint();
    ({ states, list, sum, mean } = await open());
    states.setCurrentKey('a');
    states.setCurrentNamespace('w2');
    expect([list.get(), sum.get(), mean.get()]).toEqual([[1, 10, 2, 20, 0, 0], 3, 1]);
    states.setCurrentKey('b');
    expect([list.get(), sum.get(), mean.get()]).toEqual([[1, 10], 1, 1]);
    expect(states.size).toBe(12);
  });

  test('does not merge value and map states, nor an AggregateFunction without merge', async () => {
    const states = await new StateFixture().open();
    const { merge: _, ...mergeless } = average;
    states.getState(new ValueStateDescriptor('value'), { namespaced: true });
    states.getMapState(new MapStateDescriptor('map'), { namespaced: true });
    states.getAggregatingState(new AggregatingStateDescriptor('mean', mergeless), { namespaced: true });
    states.setCurrentKey('a');
    for (const name of ['value', 'map', 'mean']) {
      expect(() => {
        states.mergeNamespaces(name, 'w1', ['w2']);
      }).toThrow(/does not merge/);
    }
  });
});

describe('flink 1.9 state: keyed state exists for a key only', () => {
  test('it is refused where no key is set', async () => {
    const states = await new StateFixture().open();
    const value = states.getState(new ValueStateDescriptor<number>('v'));
    const list = states.getListState(new ListStateDescriptor<number>('l'));
    const map = states.getMapState(new MapStateDescriptor<string, number>('m'));
    states.setCurrentKey('a');
    states.clearCurrentKey();
    const uses = [
      () => value.value(),
      () => list.add(1),
      () => list.get(),
      () => map.get('x'),
      () => states.currentKey,
    ];
    for (const use of uses) expect(use).toThrow(expect.objectContaining({ code: 'ERR_STATE_OUTSIDE_CALL' }));
  });

  test('a key, namespace or map key too long for a backend is refused when it comes, not by a checkpoint', async () => {
    const states = await new StateFixture().open();
    const value = states.getState(new ValueStateDescriptor<number>('v'), { namespaced: true });
    const map = states.getMapState(new MapStateDescriptor<string, number>('m'));
    const tooLong = expect.objectContaining({ code: 'ERR_STATE_KEY_TOO_LONG' });
    states.setCurrentKey('k'.repeat(501));
    expect(() => value.update(1)).toThrow(tooLong);
    states.setCurrentKey('日'.repeat(500));
    states.setCurrentNamespace('n'.repeat(251));
    expect(() => value.update(1)).toThrow(tooLong);
    expect(() => map.put('m'.repeat(251), 1)).toThrow(tooLong);
    expect(() => states.sortedSet('timers').add('x'.repeat(1_801))).toThrow(tooLong);
    states.setCurrentNamespace('日'.repeat(250));
    value.update(1);
  });
});
