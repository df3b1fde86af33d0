import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CachedRelationStore } from './cached-relation-store.js';
import type { RelationSets, RelationStore } from './ports.js';

const sets = (...leafNodes: string[]): RelationSets => ({
  leafNodes: new Set(leafNodes),
  optionalNodes: new Set(['o']),
});

describe('CachedRelationStore', () => {
  const readSets = jest.fn<RelationStore['sets']>();
  const readAncestors = jest.fn<RelationStore['ancestors']>();
  let cached: CachedRelationStore;

  beforeEach(() => {
    jest.useFakeTimers();
    readSets.mockReset().mockImplementation((_course, ids) => Promise.resolve(ids.map((id) => sets(id))));
    readAncestors.mockReset().mockImplementation((_course, ids) => Promise.resolve(ids.map((id) => new Set([id]))));
    cached = new CachedRelationStore({ sets: readSets, ancestors: readAncestors }, { expirySeconds: 5 });
  });

  afterEach(() => {
    cached.close();
    jest.useRealTimers();
  });

  test('a set is read again only after it expired', async () => {
    await cached.sets('course', ['a', 'b']);
    expect(await cached.sets('course', ['b', 'c', 'a'])).toEqual([sets('b'), sets('c'), sets('a')]);
    expect(readSets.mock.calls).toEqual([
      ['course', ['a', 'b']],
      ['course', ['c']],
    ]);
    jest.advanceTimersByTime(5_001);
    await cached.sets('course', ['a']);
    expect(readSets).toHaveBeenCalledTimes(3);
  });

  test('missing leaf nodes and ancestors are read each time', async () => {
    readSets.mockResolvedValue([sets()]);
    readAncestors.mockResolvedValue([new Set()]);
    for (let i = 0; i < 2; i += 1) {
      expect(await cached.sets('course', ['course'])).toEqual([sets()]);
      expect(await cached.ancestors('course', ['c'])).toEqual([new Set()]);
    }
    expect(readSets).toHaveBeenCalledTimes(2);
    expect(readAncestors).toHaveBeenCalledTimes(2);
  });

  test('where something of a course is missing, its own sets are read again too', async () => {
    await cached.sets('course', ['course']);
    readAncestors.mockResolvedValueOnce([new Set()]);
    await cached.ancestors('course', ['c']);
    await cached.sets('course', ['course']);
    expect(readSets).toHaveBeenCalledTimes(2);
    readSets.mockResolvedValueOnce([sets()]);
    await cached.sets('course', ['unit']);
    await cached.sets('course', ['course']);
    expect(readSets).toHaveBeenCalledTimes(4);
  });

  test('concurrent readers share one read', async () => {
    await Promise.all([cached.sets('course', ['a', 'b']), cached.sets('course', ['b']), cached.sets('course', ['a'])]);
    expect(readSets).toHaveBeenCalledTimes(1);
  });

  test('a failure reaches everybody who waits and is not kept', async () => {
    readSets.mockRejectedValueOnce(new Error('down'));
    const outcomes = await Promise.allSettled([cached.sets('course', ['a', 'b']), cached.sets('course', ['b'])]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(await cached.sets('course', ['b'])).toEqual([sets('b')]);
  });

  test('courses and ids do not run into each other', async () => {
    await cached.sets('a:b', ['c']);
    expect(await cached.sets('a', ['b:c'])).toEqual([sets('b:c')]);
    expect(readSets).toHaveBeenCalledTimes(2);
  });

  test('expiry 0 reads each time', async () => {
    const never = new CachedRelationStore({ sets: readSets, ancestors: readAncestors }, { expirySeconds: 0 });
    await never.sets('course', ['a']);
    await never.sets('course', ['a']);
    expect(readSets).toHaveBeenCalledTimes(2);
  });
});
