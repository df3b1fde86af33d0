import { describe, expect, test } from '@jest/globals';
import {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  MemoryStateBackend,
  ReducingStateDescriptor,
  ValueStateDescriptor,
} from '@millrace/core';
import type { StateTtlConfig } from '@millrace/core';
import { StateFixture } from '../test-support/state-fixture.js';

const TTL = { ttlMs: 100 };

async function statesWith(ttl: StateTtlConfig, its = new StateFixture()) {
  const states = await its.open();
  states.setCurrentKey('a');
  return {
    its,
    states,
    value: states.getState(new ValueStateDescriptor<number>('value', { ttl })),
    list: states.getListState(new ListStateDescriptor<number>('list', { ttl })),
    map: states.getMapState(new MapStateDescriptor<string, number>('map', { ttl })),
    sum: states.getReducingState(new ReducingStateDescriptor<number>('sum', (a, b) => a + b, { ttl })),
    joined: states.getAggregatingState(
      new AggregatingStateDescriptor<number, string, string>(
        'joined',
        { createAccumulator: () => '', add: (n, text) => text + String(n), getResult: (text) => text },
        { ttl },
      ),
    ),
  };
}

describe('flink 1.9 TTL: update type', () => {
  test('OnCreateAndWrite, the default: lives for ttlMs after it was written, and is gone at that millisecond', async () => {
    const { its, value } = await statesWith(TTL);
    value.update(1);
    await its.clock.advance(99);
    expect(value.value()).toBe(1);
    value.update(2);
    await its.clock.advance(99);
    expect(value.value()).toBe(2);
    await its.clock.advance(1);
    expect(value.value()).toBeUndefined();
  });

  test('OnReadAndWrite: reading begins the time anew, for values, lists, map entries and sums', async () => {
    const { its, value, list, map, sum } = await statesWith({ ...TTL, updateType: 'OnReadAndWrite' });
    value.update(1);
    list.addAll([1, 2]);
    map.putAll(Object.entries({ read: 1, alone: 2 }));
    sum.add(1);
    for (let n = 0; n < 3; n += 1) {
      await its.clock.advance(60);
      expect([value.value(), list.get(), map.get('read'), sum.get()]).toEqual([1, [1, 2], 1, 1]);
    }
    expect([...map.keys()]).toEqual(['read']);
    await its.clock.advance(100);
    expect([value.value(), list.get(), map.isEmpty(), sum.get()]).toEqual([undefined, [], true, undefined]);
  });

  test('OnReadAndWrite: what was read is a change, so that the checkpoint knows that it lives on', async () => {
    const ttl: StateTtlConfig = { ...TTL, updateType: 'OnReadAndWrite' };
    const first = await statesWith(ttl);
    first.value.update(1);
    first.list.add(1);
    await first.its.checkpoint();
    await first.its.clock.advance(60);
    first.value.value();
    first.list.get();
    expect(first.its.task.changes).toBe(2);
    await first.its.checkpoint();
    await first.its.clock.advance(60);
    const second = await statesWith(ttl, first.its);
    expect([second.value.value(), second.list.get()]).toEqual([1, [1]]);
  });
});

describe('flink 1.9 TTL: state visibility', () => {
  test('NeverReturnExpired, the default: what has expired is as if it were removed', async () => {
    const { its, value, list, map, sum, joined } = await statesWith({ ...TTL, cleanupSize: 0 });
    value.update(1);
    list.add(1);
    map.put('x', 1);
    sum.add(1);
    joined.add(1);
    await its.clock.advance(100);
    expect([value.value(), list.get(), map.get('x'), map.contains('x')]).toEqual([undefined, [], undefined, false]);
    sum.add(5);
    joined.add(5);
    expect([sum.get(), joined.get()]).toEqual([5, '5']);
  });

  test('ReturnExpiredIfNotCleanedUp: it is seen once more, and reading cleans it up', async () => {
    const { its, value, list, map } = await statesWith({
      ...TTL,
      cleanupSize: 0,
      stateVisibility: 'ReturnExpiredIfNotCleanedUp',
    });
    value.update(1);
    list.addAll([1, 2]);
    map.put('x', 1);
    await its.clock.advance(100);
    expect([value.value(), list.get(), map.get('x')]).toEqual([1, [1, 2], 1]);
    expect([value.value(), list.get(), map.get('x')]).toEqual([undefined, [], undefined]);
  });

  test('ReturnExpiredIfNotCleanedUp: sums go on from what has expired', async () => {
    const { its, sum, joined } = await statesWith({
      ...TTL,
      cleanupSize: 0,
      stateVisibility: 'ReturnExpiredIfNotCleanedUp',
    });
    sum.add(1);
    joined.add(1);
    await its.clock.advance(100);
    sum.add(2);
    joined.add(2);
    expect([sum.get(), joined.get()]).toEqual([3, '12']);
  });
});

describe('flink 1.9 TTL: scope', () => {
  test('elements of a list and entries of a map expire one by one', async () => {
    const { its, list, map } = await statesWith(TTL);
    list.add(1);
    map.put('x', 1);
    await its.clock.advance(60);
    list.add(2);
    map.put('y', 2);
    await its.clock.advance(60);
    expect([list.get(), [...map.entries()]]).toEqual([[2], [['y', 2]]]);
  });

  test('the time of the last change is kept with the value, and goes on over a restart', async () => {
    const first = await statesWith(TTL);
    first.value.update(1);
    first.list.add(1);
    first.map.put('x', 1);
    await first.its.checkpoint();
    await first.its.clock.advance(60);
    first.list.add(2);
    await first.its.checkpoint();
    const second = await statesWith(TTL, first.its);
    expect([second.value.value(), second.list.get(), second.map.get('x')]).toEqual([1, [1, 2], 1]);
    await first.its.clock.advance(40);
    expect([second.value.value(), second.list.get(), second.map.get('x')]).toEqual([undefined, [2], undefined]);
  });

  test('is no part of a checkpoint but for being on: a restart may make it longer or shorter', async () => {
    const first = await statesWith(TTL);
    first.value.update(1);
    await first.its.checkpoint();
    await first.its.clock.advance(150);
    expect((await statesWith({ ttlMs: 200 }, first.its)).value.value()).toBe(1);
    expect((await statesWith({ ttlMs: 150 }, first.its)).value.value()).toBeUndefined();
  });

  test('must be over 0', () => {
    for (const ttlMs of [0, -1, NaN]) {
      expect(() => new ValueStateDescriptor('v', { ttl: { ttlMs } })).toThrow(RangeError);
    }
  });
});

describe('flink 1.9 TTL: clean-up in the background', () => {
  test('each access looks at some other entries, so that keys that never come again do not stay', async () => {
    const { its, states, value, list, map } = await statesWith({ ...TTL, cleanupSize: 5 });
    for (let key = 0; key < 100; key += 1) {
      states.setCurrentKey(key);
      value.update(1);
      list.add(1);
      map.put('x', 1);
    }
    await its.checkpoint();
    await its.clock.advance(100);
    states.setCurrentKey('other');
    for (let n = 0; n < 40; n += 1) {
      value.value();
      list.get();
      map.get('x');
    }
    expect(states.size).toBe(0);
    await its.checkpoint();
    expect(await its.persisted()).toEqual([]);
  });

  test('is off with cleanupSize 0: what is not read stays', async () => {
    const { its, states, value } = await statesWith({ ...TTL, cleanupSize: 0 });
    for (let key = 0; key < 10; key += 1) {
      states.setCurrentKey(key);
      value.update(1);
    }
    await its.clock.advance(100);
    states.setCurrentKey('other');
    for (let n = 0; n < 40; n += 1) value.value();
    expect(states.size).toBe(10);
  });

  test('reaches entries that are not in memory: each checkpoint looks at some', async () => {
    const its = new StateFixture(new MemoryStateBackend({ isLargerThanMemory: true }));
    const first = await statesWith(TTL, its);
    for (let key = 0; key < 2_500; key += 1) {
      first.states.setCurrentKey(key);
      first.value.update(1);
      first.list.add(1);
    }
    await its.checkpoint();
    await its.clock.advance(100);
    const second = await statesWith(TTL, its);
    second.states.setCurrentKey(2_499);
    second.value.update(2);
    for (let n = 0; n < 4; n += 1) await its.checkpoint();
    expect(await its.persisted()).toHaveLength(1);
    expect(second.value.value()).toBe(2);
  });
});
