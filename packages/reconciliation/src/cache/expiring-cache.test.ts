import { describe, expect, test } from '@jest/globals';
import { ExpiringCache } from './expiring-cache.js';

describe('ExpiringCache', () => {
  test('begins anew where it is full', async () => {
    const cache = new ExpiringCache<number>({ expirySeconds: 60, maxEntries: 3 });
    for (let i = 0; i < 4; i += 1) await cache.track(`key-${String(i)}`, Promise.resolve(i), () => true);
    expect(cache.peek('key-0')).toBeUndefined();
    expect(cache.peek('key-3')).toBe(3);
    cache.close();
  });

  test('hands out the very value, no copy', async () => {
    const cache = new ExpiringCache<ReadonlySet<string>>({ expirySeconds: 60 });
    const value = new Set(['a']);
    await cache.track('key', Promise.resolve(value), () => true);
    expect(cache.peek('key')).toBe(value);
    cache.close();
  });
});
