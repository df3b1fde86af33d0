import { describe, expect, test } from '@jest/globals';
import { TemporaryStores } from '../../test/temporary-store.js';

const stores = new TemporaryStores();

describe('sets', () => {
  test('a set is replaced as a whole and gone when it has no members', async () => {
    const directory = await stores.directory();
    let store = await stores.openIn(directory);
    const members = Array.from({ length: 5000 }, (_, n) => `do_${String(n)}`);
    await store.sets.replace('c:c:leafnodes', [...members, 'do_1']);
    await store.sets.replace('c:c:optionalnodes', ['x', '', '__proto__', '\0😀']);
    await store.close();
    store = await stores.openIn(directory);
    expect(store.sets.members('c:c:leafnodes')).toEqual(new Set(members));
    expect(store.sets.members('c:c:optionalnodes')).toEqual(new Set(['x', '', '__proto__', '\0😀']));
    await store.sets.replace('c:c:leafnodes', ['only']);
    expect(store.sets.members('c:c:leafnodes')).toEqual(new Set(['only']));
    await store.sets.replace('c:c:leafnodes', []);
    await store.sets.delete('c:c:optionalnodes');
    expect([store.sets.members('c:c:leafnodes').size, store.sets.members('c:c:optionalnodes').size]).toEqual([0, 0]);
    expect(store.sets.members('never written').size).toBe(0);
  });

  test('keys of three ids at their bound fit; longer ones and lone surrogates are refused', async () => {
    const { sets } = await stores.open();
    const longest = ['é'.repeat(128), '\0'.repeat(256), '😀'.repeat(64), 'optionalnodes'].join(':');
    await sets.replace(longest, ['x']);
    expect(sets.members(longest)).toEqual(new Set(['x']));
    await sets.replace('x'.repeat(1978), ['y']);
    expect(sets.members('x'.repeat(1978))).toEqual(new Set(['y']));
    expect(() => sets.members('x'.repeat(1979))).toThrow('a key has 1 to 1978 bytes, not 1979');
    await expect(sets.replace('', ['x'])).rejects.toMatchObject({ code: 'ERR_EMBEDDED_KEY' });
    await expect(sets.replace('\uD800', ['x'])).rejects.toMatchObject({ code: 'ERR_EMBEDDED_KEY' });
    await expect(sets.replace('k', ['\uD800'])).rejects.toMatchObject({ code: 'ERR_EMBEDDED_VALUE' });
  });
});
