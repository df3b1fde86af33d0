import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RelationLine } from '../dataset/lines.js';
import { classifyServiceError } from './classify-service-error.js';
import { hostileIds } from './hostile-ids.conformance.js';
import type { RelationStore } from './ports.js';

export interface RelationStoreFixture {
  readonly store: RelationStore;
  replace(relations: readonly RelationLine[]): Promise<void>;
  /** Makes the key hold something that is no set; absent where the store has nothing else. */
  spoil?(key: string): Promise<void>;
  close(): Promise<void>;
}

/** What every adapter of RelationStore does. */
export function relationStoreConformance(name: string, open: () => Promise<RelationStoreFixture>): void {
  describe(`RelationStore: ${name}`, () => {
    let fixture: RelationStoreFixture;

    beforeAll(async () => {
      fixture = await open();
    });

    afterAll(async () => {
      await fixture.close();
    });

    test('sets that are missing are empty', async () => {
      expect(await fixture.store.sets('nowhere', ['nowhere', 'unit'])).toEqual([
        { leafNodes: new Set(), optionalNodes: new Set() },
        { leafNodes: new Set(), optionalNodes: new Set() },
      ]);
      expect(await fixture.store.ancestors('nowhere', ['c'])).toEqual([new Set()]);
    });

    test('no ids give no sets', async () => {
      expect(await fixture.store.sets('course', [])).toEqual([]);
      expect(await fixture.store.ancestors('course', [])).toEqual([]);
    });

    test("sets are found under the writer's keys, in the order of the ids", async () => {
      await fixture.replace([
        { key: 'do_1:do_1:leafnodes', members: ['a', 'b', 'c'] },
        { key: 'do_1:do_1:optionalnodes', members: ['c'] },
        { key: 'do_1:unit:leafnodes', members: ['a'] },
        { key: 'do_1:a:ancestors', members: ['unit', 'do_1'] },
      ]);
      expect(await fixture.store.sets('do_1', ['unit', 'do_1', 'unit'])).toEqual([
        { leafNodes: new Set(['a']), optionalNodes: new Set() },
        { leafNodes: new Set(['a', 'b', 'c']), optionalNodes: new Set(['c']) },
        { leafNodes: new Set(['a']), optionalNodes: new Set() },
      ]);
      expect(await fixture.store.ancestors('do_1', ['b', 'a'])).toEqual([new Set(), new Set(['unit', 'do_1'])]);
    });

    test('a replaced set has no member of the old one, an empty one is gone', async () => {
      const key = 'do_2:do_2:leafnodes';
      await fixture.replace([{ key, members: ['old', 'both'] }]);
      await fixture.replace([{ key, members: ['both', 'new'] }]);
      expect((await fixture.store.sets('do_2', ['do_2']))[0]?.leafNodes).toEqual(new Set(['both', 'new']));
      await fixture.replace([{ key, members: [] }]);
      expect((await fixture.store.sets('do_2', ['do_2']))[0]?.leafNodes).toEqual(new Set());
    });

    test('the last line of a key wins', async () => {
      const key = 'do_3:do_3:leafnodes';
      await fixture.replace([
        { key, members: ['first'] },
        { key, members: [] },
        { key, members: ['last'] },
      ]);
      expect((await fixture.store.sets('do_3', ['do_3']))[0]?.leafNodes).toEqual(new Set(['last']));
    });

    test('sets of thousands of members come whole', async () => {
      const members = Array.from({ length: 5_000 }, (_, i) => `do_${String(i)}`);
      await fixture.replace([{ key: 'big:big:leafnodes', members }]);
      expect((await fixture.store.sets('big', ['big']))[0]?.leafNodes).toEqual(new Set(members));
    });

    test.each(hostileIds)('ids are data: %j', async (id) => {
      await fixture.replace([
        { key: `${id}:${id}:leafnodes`, members: [id] },
        { key: `${id}:${id}:ancestors`, members: [id, 'x'] },
      ]);
      expect((await fixture.store.sets(id, [id]))[0]?.leafNodes).toEqual(new Set([id]));
      expect(await fixture.store.ancestors(id, [id])).toEqual([new Set([id, 'x'])]);
    });

    test('a key that holds no set is the fault of the event, and of nobody else', async () => {
      if (fixture.spoil === undefined) return;
      await fixture.replace([{ key: 'good:good:leafnodes', members: ['a'] }]);
      await fixture.spoil('bad:bad:leafnodes');
      const [bad, good] = await Promise.allSettled([
        fixture.store.sets('bad', ['bad']),
        fixture.store.sets('good', ['good']),
      ]);
      expect(bad.status === 'rejected' && classifyServiceError(bad.reason)).toBe('event');
      expect(good.status).toBe('fulfilled');
    });
  });
}
