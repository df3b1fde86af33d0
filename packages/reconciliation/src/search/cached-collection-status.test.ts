import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { CollectionStatus } from '../domain/model.js';
import { CachedCollectionStatus } from './cached-collection-status.js';

describe('CachedCollectionStatus', () => {
  const ask = jest.fn<(courseId: string) => Promise<CollectionStatus | undefined>>();
  let cached: CachedCollectionStatus;

  beforeEach(() => {
    jest.useFakeTimers();
    ask.mockReset();
    cached = new CachedCollectionStatus({ status: ask }, { expirySeconds: 3_600 });
  });

  afterEach(() => {
    cached.close();
    jest.useRealTimers();
  });

  test('a status is asked for once until it expires', async () => {
    ask.mockResolvedValue('Retired');
    expect(await cached.status('do_1')).toBe('Retired');
    jest.advanceTimersByTime(3_599_000);
    expect(await cached.status('do_1')).toBe('Retired');
    expect(ask).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(2_000);
    ask.mockResolvedValue('Live');
    expect(await cached.status('do_1')).toBe('Live');
  });

  test('concurrent misses of one collection ask once, of two twice', async () => {
    ask.mockResolvedValue('Live');
    await Promise.all([cached.status('a'), cached.status('a'), cached.status('b')]);
    expect(ask.mock.calls).toEqual([['a'], ['b']]);
  });

  test('unknown ids and failures are asked for again', async () => {
    ask.mockResolvedValueOnce(undefined);
    expect(await cached.status('do_1')).toBeUndefined();
    ask.mockRejectedValueOnce(new Error('down'));
    await expect(cached.status('do_1')).rejects.toThrow('down');
    ask.mockResolvedValueOnce('Live');
    expect(await cached.status('do_1')).toBe('Live');
    expect(ask).toHaveBeenCalledTimes(3);
  });

  test('ids that mean something to a plain object are ids', async () => {
    ask.mockImplementation((id) => Promise.resolve(id === '__proto__' ? 'Retired' : undefined));
    for (const id of ['constructor', '__proto__', 'toString', '__proto__']) await cached.status(id);
    expect(await cached.status('__proto__')).toBe('Retired');
    expect(await cached.status('constructor')).toBeUndefined();
    expect(ask.mock.calls.flat()).toEqual(['constructor', '__proto__', 'toString', 'constructor']);
  });

  test('expiry 0 keeps nothing', async () => {
    const never = new CachedCollectionStatus({ status: ask }, { expirySeconds: 0 });
    ask.mockResolvedValue('Live');
    await never.status('do_1');
    await never.status('do_1');
    expect(ask).toHaveBeenCalledTimes(2);
  });
});
