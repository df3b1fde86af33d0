import { describe, expect, test } from '@jest/globals';
import {
  ListStateDescriptor,
  MapStateDescriptor,
  MemoryStateBackend,
  Serializers,
  SetupError,
  StateMigrationError,
  ValueStateDescriptor,
} from '@millrace/core';
import type { Serializer } from '@millrace/core';
import { CacheSweep } from './cache-sweep.js';
import type { KeyedStateBackend } from '../state/keyed-state-backend.js';
import { StateFixture } from '../test-support/state-fixture.js';

interface Name {
  readonly first: string;
  readonly last: string;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Version 1: "first last". Version 2: JSON. */
const v1: Serializer<Name> = {
  id: 'name',
  version: 1,
  serialize: ({ first, last }) => Buffer.from(`${first} ${last}`),
  deserialize: (bytes) => {
    const [first = '', last = ''] = text(bytes).split(' ');
    return { first, last };
  },
};
const v2: Serializer<Name> = {
  id: 'name',
  version: 2,
  serialize: (name) => Buffer.from(JSON.stringify(name)),
  deserialize: (bytes) => JSON.parse(text(bytes)) as Name,
};
const migrating: Serializer<Name> = {
  ...v2,
  migrate: (bytes, fromVersion) => {
    if (fromVersion !== 1) throw new Error(`version ${String(fromVersion)}`);
    return v1.deserialize(bytes);
  },
};
const ada = { first: 'Ada', last: 'Lovelace' };
const grace = { first: 'Grace', last: 'Hopper' };

/** A state that holds something, written to a checkpoint; then what the next start asks for. */
async function stored(ask: (states: KeyedStateBackend) => void, isLargerThanMemory = false): Promise<StateFixture> {
  const its = new StateFixture(new MemoryStateBackend({ isLargerThanMemory }));
  const states = await its.open();
  states.setCurrentKey('a');
  ask(states);
  await its.checkpoint();
  return its;
}

const valueOf = (states: KeyedStateBackend, serializer: Serializer<Name>) =>
  states.getState(new ValueStateDescriptor('name', { serializer }));
const put =
  (serializer: Serializer<Name>, name = ada) =>
  (states: KeyedStateBackend) =>
    valueOf(states, serializer).update(name);

describe('a state that does not fit any more fails the start', () => {
  const error = (stored: string, expected: string) =>
    expect.objectContaining({ code: 'ERR_STATE_MIGRATION', operator: 'op', state: 'name', stored, expected });
  const name = 'name';

  test.each<[string, (states: KeyedStateBackend) => void, (states: KeyedStateBackend) => void, string, string]>([
    [
      'another kind',
      (states) => states.getState(new ValueStateDescriptor(name)).update(1),
      (states) => states.getListState(new ListStateDescriptor(name)),
      'value state by key',
      'list state by key',
    ],
    [
      'scoped to windows where it was by key',
      (states) => states.getState(new ValueStateDescriptor(name)).update(1),
      (states) => states.getState(new ValueStateDescriptor(name), { namespaced: true }),
      'value state by key',
      'value state by key and window',
    ],
    [
      'another serializer',
      (states) => states.getState(new ValueStateDescriptor(name)).update(1),
      (states) => states.getState(new ValueStateDescriptor(name, { serializer: Serializers.json() })),
      'the serializer structured-clone',
      'the serializer json',
    ],
    [
      'a later version that cannot migrate',
      put(v1),
      (states) => valueOf(states, v2),
      'version 1 of name',
      'version 2 of name',
    ],
    [
      'an earlier version, although it can migrate: it cannot know what came later',
      put({ ...v2, version: 3 }),
      (states) => valueOf(states, migrating),
      'version 3 of name',
      'version 2 of name',
    ],
    [
      'flink 1.9 TTL turned on',
      (states) => states.getState(new ValueStateDescriptor(name)).update(1),
      (states) => states.getState(new ValueStateDescriptor(name, { ttl: { ttlMs: 1 } })),
      'no time to live',
      'a time to live',
    ],
    [
      'flink 1.9 TTL turned off',
      (states) => states.getMapState(new MapStateDescriptor(name, { ttl: { ttlMs: 1 } })).put('x', 1),
      (states) => states.getMapState(new MapStateDescriptor(name)),
      'a time to live',
      'no time to live',
    ],
  ])('%s', async (_what, before, after, storedWhat, expectedWhat) => {
    const its = await stored(before);
    const states = await its.open();
    expect(() => {
      after(states);
    }).toThrow(error(storedWhat, expectedWhat));
  });

  test('with an error that is one of set-up, and says operator, state, stored and expected', async () => {
    const states = await (await stored(put(v1))).open();
    let thrown: unknown;
    try {
      valueOf(states, v2);
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toBeInstanceOf(StateMigrationError);
    expect(thrown).toBeInstanceOf(SetupError);
    expect((thrown as Error).message).toMatch(/name of op .*version 1 of name.*version 2 of name.*migrate/);
  });
});

describe.each([false, true])('a serializer that can migrate (larger than memory: %s)', (isLargerThanMemory) => {
  test('reads what the version before wrote, and the next checkpoint keeps both apart', async () => {
    const its = await stored((states) => {
      const value = valueOf(states, v1);
      value.update(ada);
      states.setCurrentKey('b');
      value.update(grace);
    }, isLargerThanMemory);

    let states = await its.open({ cache: new CacheSweep(1) });
    let value = valueOf(states, migrating);
    states.setCurrentKey('a');
    expect(value.value()).toEqual(ada);
    value.update({ ...ada, first: 'A.' });
    await its.checkpoint();

    // One entry is of each version now.
    states = await its.open({ cache: new CacheSweep(1) });
    expect(() => valueOf(states, v2)).toThrow(StateMigrationError);
    states = await its.open({ cache: new CacheSweep(1) });
    value = valueOf(states, migrating);
    states.setCurrentKey('a');
    expect(value.value()).toEqual({ ...ada, first: 'A.' });
    states.setCurrentKey('b');
    expect(value.value()).toEqual(grace);
    value.update(grace);
    await its.checkpoint();

    // None is of version 1 any more: migrate has done its work.
    states = await its.open();
    value = valueOf(states, v2);
    states.setCurrentKey('b');
    expect(value.value()).toEqual(grace);
  });

  test('does so for elements of lists and entries of maps, with a time to live too', async () => {
    const ttl = { ttlMs: 1_000 };
    const listOf = (states: KeyedStateBackend, serializer: Serializer<Name>) =>
      states.getListState(new ListStateDescriptor('list', { serializer, ttl }));
    const mapOf = (states: KeyedStateBackend, serializer: Serializer<Name>) =>
      states.getMapState(new MapStateDescriptor<string, Name>('map', { serializer, ttl }));
    const its = await stored((states) => {
      listOf(states, v1).add(ada);
      mapOf(states, v1).put('x', ada);
    }, isLargerThanMemory);
    const states = await its.open();
    states.setCurrentKey('a');
    const [list, map] = [listOf(states, migrating), mapOf(states, migrating)];
    list.add(grace);
    expect(list.get()).toEqual([ada, grace]);
    expect(map.get('x')).toEqual(ada);
  });
});

test('a value that migrate cannot read is an error that names state and key', async () => {
  const its = await stored(put(v1));
  const states = await its.open();
  const broken = { ...v2, migrate: () => JSON.parse('no JSON') as Name };
  const value = valueOf(states, broken);
  states.setCurrentKey('a');
  expect(() => value.value()).toThrow(
    expect.objectContaining({ code: 'ERR_STATE_UNREADABLE', message: expect.stringMatching(/state name.*"a"/) }),
  );
});

test('a checkpoint of a format that this version does not know is refused', async () => {
  const its = new StateFixture();
  const claim = await its.backend.claim({ jobName: 'job', source: 'in', split: 'in-0' });
  await claim.write({ positions: new Map(), meta: '{"format":99,"nextId":0,"states":[]}', puts: [], deletes: [] });
  await expect(its.open()).rejects.toThrow('format 99');
});
