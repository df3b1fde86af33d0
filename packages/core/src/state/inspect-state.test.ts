import { describe, expect, test } from '@jest/globals';
import {
  listStates,
  ListStateDescriptor,
  MapStateDescriptor,
  MemoryStateBackend,
  Serializers,
  stateEntries,
  ValueStateDescriptor,
} from '@millrace/core';
import type { Serializer, StateReader } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { TaskState } from './task-state.js';

const owner = { jobName: 'job', source: 'in', split: 'in-0' };
const own: Serializer<string> = { ...Serializers.string(), id: 'own' };

async function written(): Promise<StateReader> {
  const backend = new MemoryStateBackend();
  const options = { owner, clock: new ManualClock(), stateful: ['op'], allowNonRestoredState: false };
  const state = new TaskState(await backend.claim(owner), options);
  const op = state.forOperator('op');
  const count = op.getState(new ValueStateDescriptor<number>('count', { serializer: Serializers.number() }));
  const list = op.getListState(new ListStateDescriptor<string>('list'));
  const map = op.getMapState(new MapStateDescriptor<string, { n: number }>('map', { serializer: Serializers.json() }));
  const strange = op.getState(new ValueStateDescriptor<string>('strange', { serializer: own }));
  for (const key of ['a', 7]) {
    op.setCurrentKey(key);
    count.update(key === 'a' ? 1 : 2);
    list.update(['x', 'y']);
    map.put('k', { n: 1 });
    strange.update('s');
  }
  op.sortedSet('timers').add('t');
  await state.write(new Map([['p', 1]]));
  return backend.peek(owner)!;
}

describe('looking at state', () => {
  test('lists the states with their kinds, serializers and entries', async () => {
    const states = listStates(await written());
    expect(
      states.map(({ operator, name, kind, serializer, entries }) => [operator, name, kind, serializer, entries]),
    ).toEqual(
      expect.arrayContaining([
        ['op', 'count', 'value', 'number', 2],
        ['op', 'map', 'map', 'json', 2],
        ['op', 'timers', 'set', expect.any(String), 1],
      ]),
    );
  });

  test('gives the values of a key, or of all, as the serializer reads them', async () => {
    const reader = await written();
    expect([...stateEntries(reader, 'op', 'count')].map(({ key, value }) => [key, value])).toEqual(
      expect.arrayContaining([
        ['a', 1],
        [7, 2],
      ]),
    );
    expect([...stateEntries(reader, 'op', 'map', 'a')]).toEqual([
      { key: 'a', namespace: '', member: 'k', value: { n: 1 } },
    ]);
    expect([...stateEntries(reader, 'op', 'count', 7)].map(({ value }) => value)).toEqual([2]);
  });

  test('a serializer of the job that is not known here: its bytes; given, its values', async () => {
    const reader = await written();
    expect([...stateEntries(reader, 'op', 'strange', 'a')].map(({ value }) => value)).toEqual([{ base64: 'cwA=' }]);
    expect([...stateEntries(reader, 'op', 'strange', 'a', [own])].map(({ value }) => value)).toEqual(['s']);
  });

  test('a name that is not there: the error says which are', async () => {
    const reader = await written();
    expect(() => [...stateEntries(reader, 'op', 'cuont')]).toThrow(/count/);
    expect(() => [...stateEntries(reader, 'op', 'timers')]).toThrow(/timers/);
  });
});
