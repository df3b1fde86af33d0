import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TableAccess } from '../dataset/ports.js';
import { userContentConsumption } from '../dataset/table-schema.js';
import type { EnrolmentKey } from '../domain/model.js';
import { hostileIds } from './hostile-ids.conformance.js';
import type { ConsumptionStore } from './ports.js';

export interface ConsumptionStoreFixture {
  readonly store: ConsumptionStore;
  readonly tables: TableAccess;
  close(): Promise<void>;
}

/** What every adapter of ConsumptionStore does. */
export function consumptionStoreConformance(name: string, open: () => Promise<ConsumptionStoreFixture>): void {
  describe(`ConsumptionStore: ${name}`, () => {
    let fixture: ConsumptionStoreFixture;

    beforeAll(async () => {
      fixture = await open();
    });

    afterAll(async () => {
      await fixture.close();
    });

    const seed = async (key: EnrolmentKey, statuses: ReadonlyMap<string, number | null>): Promise<void> => {
      const rows = [...statuses].map(([contentId, status]) => ({
        key: [key.userId, key.courseId, key.batchId, contentId],
        columns: new Map([['status', status]]),
      }));
      await fixture.tables.upsert(userContentConsumption, rows);
    };
    const key = (userId: string): EnrolmentKey => ({ userId, courseId: 'course', batchId: 'batch' });

    test('no rows give an empty list', async () => {
      expect(await fixture.store.read(key('nobody'))).toEqual([]);
    });

    test('rows come in the order of their content ids (UTF-8 bytes), null statuses as they are', async () => {
      await seed(
        key('order'),
        new Map([
          ['b', 2],
          ['a', null],
          ['é', 0],
          ['B', 1],
          ['😀', 7],
          ['\uffee', -1],
        ]),
      );
      expect(await fixture.store.read(key('order'))).toEqual([
        { contentId: 'B', status: 1 },
        { contentId: 'a', status: null },
        { contentId: 'b', status: 2 },
        { contentId: 'é', status: 0 },
        { contentId: '\uffee', status: -1 },
        { contentId: '😀', status: 7 },
      ]);
    });

    test('other courses, batches and users are left out, also those that begin alike', async () => {
      await seed(key('alike'), new Map([['own', 2]]));
      await seed({ ...key('alike'), courseId: 'course2' }, new Map([['x', 2]]));
      await seed({ ...key('alike'), batchId: 'batch\u0000' }, new Map([['y', 2]]));
      await seed(key('alike2'), new Map([['z', 2]]));
      expect(await fixture.store.read(key('alike'))).toEqual([{ contentId: 'own', status: 2 }]);
    });

    test('more rows than one page come whole', async () => {
      const statuses = new Map(Array.from({ length: 2_500 }, (_, i) => [`c${String(i).padStart(5, '0')}`, i % 3]));
      await seed(key('many'), statuses);
      const rows = await fixture.store.read(key('many'));
      expect(rows.map((row) => [row.contentId, row.status])).toEqual([...statuses]);
    });

    test('a row without a status has a null one', async () => {
      const row = { key: ['bare', 'course', 'batch', 'c'], columns: new Map([['viewcount', 3]]) };
      await fixture.tables.upsert(userContentConsumption, [row]);
      expect(await fixture.store.read(key('bare'))).toEqual([{ contentId: 'c', status: null }]);
    });

    test.each(hostileIds)('ids are data: %j', async (id) => {
      await seed({ userId: id, courseId: id, batchId: id }, new Map([[id, 2]]));
      const rows = await fixture.store.read({ userId: id, courseId: id, batchId: id });
      expect(rows).toEqual([{ contentId: id, status: 2 }]);
    });
  });
}
