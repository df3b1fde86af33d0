import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TableAccess } from '../dataset/ports.js';
import type { CellValue } from '../dataset/table-schema.js';
import { userActivityAgg } from '../dataset/table-schema.js';
import { hostileIds } from './hostile-ids.conformance.js';
import type { ActivityAggregateStore } from './ports.js';
import { rowsByKey } from './rows-by-key.conformance.js';

export interface ActivityAggregateStoreFixture {
  readonly store: ActivityAggregateStore;
  readonly tables: TableAccess;
  close(): Promise<void>;
}

/** What every adapter of ActivityAggregateStore does. */
export function activityAggregateStoreConformance(
  name: string,
  open: () => Promise<ActivityAggregateStoreFixture>,
): void {
  describe(`ActivityAggregateStore: ${name}`, () => {
    let fixture: ActivityAggregateStoreFixture;

    beforeAll(async () => {
      fixture = await open();
    });

    afterAll(async () => {
      await fixture.close();
    });

    const update = (activityId: string, completedCount: number, userId = 'u', batchId = 'b') => ({
      activityId,
      userId,
      batchId,
      completedCount,
    });
    const cells = async (activityId: string, userId = 'u', batchId = 'b'): Promise<Record<string, CellValue>> => {
      const rows = await rowsByKey(fixture.tables, userActivityAgg);
      const columns = rows.get(JSON.stringify(['Course', activityId, userId, `cb:${batchId}`]));
      return Object.fromEntries([...(columns ?? [])].filter(([, value]) => value !== null));
    };
    const seed = async (activityId: string, columns: Record<string, CellValue>, writtenAt: bigint): Promise<void> => {
      const row = { key: ['Course', activityId, 'u', 'cb:b'], columns: new Map(Object.entries(columns)) };
      await fixture.tables.upsert(userActivityAgg, [row], writtenAt);
    };

    test('a row that was not there appears under type Course and context cb:<batch>', async () => {
      await fixture.store.merge([update('new', 4)], 7_000, 1_000n);
      expect(await cells('new')).toEqual({
        aggregates: new Map([['completedCount', 4]]),
        agg_last_updated: new Map([['completedCount', 7_000]]),
      });
    });

    test('keys of other jobs survive in both maps, the details too', async () => {
      const others = { 'score:q': 7.5, completedCount: 1 };
      await seed(
        'shared',
        {
          aggregates: new Map(Object.entries(others)),
          agg_last_updated: new Map([['score:q', 111]]),
          agg_details: ['{"attempt":1}'],
        },
        10n,
      );
      await fixture.store.merge([update('shared', 4)], 7_000, 1_000n);
      expect(await cells('shared')).toEqual({
        aggregates: new Map([
          ['score:q', 7.5],
          ['completedCount', 4],
        ]),
        agg_last_updated: new Map([
          ['score:q', 111],
          ['completedCount', 7_000],
        ]),
        agg_details: ['{"attempt":1}'],
      });
    });

    test('an older write time has no effect on a newer cell', async () => {
      await fixture.store.merge([update('race', 9)], 9_000, 2_000n);
      await fixture.store.merge([update('race', 1)], 1_000, 1_999n);
      expect(await cells('race')).toEqual({
        aggregates: new Map([['completedCount', 9]]),
        agg_last_updated: new Map([['completedCount', 9_000]]),
      });
    });

    test('at a tie the larger value wins, whatever the order', async () => {
      await fixture.store.merge([update('tie', 5)], 1_000, 2_000n);
      await fixture.store.merge([update('tie', 3)], 2_000, 2_000n);
      expect(await cells('tie')).toEqual({
        aggregates: new Map([['completedCount', 5]]),
        agg_last_updated: new Map([['completedCount', 2_000]]),
      });
    });

    test('a map replaced later takes the merged key away, one replaced earlier does not', async () => {
      await fixture.store.merge([update('replaced', 5)], 1_000, 2_000n);
      await seed('replaced', { aggregates: new Map([['other', 1]]) }, 1_500n);
      expect((await cells('replaced'))['aggregates']).toEqual(
        new Map([
          ['completedCount', 5],
          ['other', 1],
        ]),
      );
      await seed('replaced', { aggregates: new Map([['third', 1]]) }, 3_000n);
      expect((await cells('replaced'))['aggregates']).toEqual(new Map([['third', 1]]));
    });

    test('many rows of one request are all written', async () => {
      const updates = Array.from({ length: 37 }, (_, i) => update(`many-${String(i)}`, i));
      await fixture.store.merge(updates, 7_000, 1_000n);
      for (const { activityId, completedCount } of updates) {
        expect((await cells(activityId))['aggregates']).toEqual(new Map([['completedCount', completedCount]]));
      }
    });

    test('no updates are no work', async () => {
      await expect(fixture.store.merge([], 1, 1n)).resolves.toBeUndefined();
    });

    test.each(hostileIds)('ids are data: %j', async (id) => {
      await fixture.store.merge([update(id, 3, id, id)], 7_000, 1_000n);
      expect((await cells(id, id, id))['aggregates']).toEqual(new Map([['completedCount', 3]]));
    });
  });
}
