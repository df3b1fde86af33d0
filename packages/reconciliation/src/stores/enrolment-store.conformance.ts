import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TableAccess } from '../dataset/ports.js';
import type { CellValue } from '../dataset/table-schema.js';
import { userEnrolments } from '../dataset/table-schema.js';
import type { EnrolmentKey, EnrolmentUpdate } from '../domain/model.js';
import { hostileIds } from './hostile-ids.conformance.js';
import type { EnrolmentStore } from './ports.js';
import { rowsByKey } from './rows-by-key.conformance.js';

export interface EnrolmentStoreFixture {
  readonly store: EnrolmentStore;
  readonly tables: TableAccess;
  close(): Promise<void>;
}

const CERTIFICATE = new Map([
  ['identifier', 'c-1'],
  ['name', 'Completion'],
]);

/** What every adapter of EnrolmentStore does, cell by cell. Each test has a row of its own. */
export function enrolmentStoreConformance(name: string, open: () => Promise<EnrolmentStoreFixture>): void {
  describe(`EnrolmentStore: ${name}`, () => {
    let fixture: EnrolmentStoreFixture;
    let next = 0;

    beforeAll(async () => {
      fixture = await open();
    });

    afterAll(async () => {
      await fixture.close();
    });

    const newKey = (): EnrolmentKey => {
      next += 1;
      return { userId: `user-${String(next)}`, courseId: 'course', batchId: 'batch' };
    };
    const seed = async (key: EnrolmentKey, columns: Record<string, CellValue>, writtenAt: bigint): Promise<void> => {
      const row = { key: [key.userId, key.courseId, key.batchId], columns: new Map(Object.entries(columns)) };
      await fixture.tables.upsert(userEnrolments, [row], writtenAt);
    };
    const cells = async ({ userId, courseId, batchId }: EnrolmentKey): Promise<Record<string, CellValue>> => {
      const rows = await rowsByKey(fixture.tables, userEnrolments);
      const columns = rows.get(JSON.stringify([userId, courseId, batchId])) ?? new Map<string, CellValue>();
      return Object.fromEntries([...columns].filter(([, value]) => value !== null));
    };
    const progress = (key: EnrolmentKey, change: Partial<EnrolmentUpdate> = {}): EnrolmentUpdate => ({
      ...key,
      progress: 3,
      contentStatus: new Map([['c1', 2]]),
      datetime: 5_000,
      readAt: 1_000n,
      ...change,
    });

    test('a row that is not there is undefined', async () => {
      expect(await fixture.store.read(newKey())).toBeUndefined();
    });

    test('reads status, completedon, certificates of both columns and the latest write time', async () => {
      const key = newKey();
      await seed(
        key,
        { status: 2, issued_certificates: [CERTIFICATE, CERTIFICATE], certificates: [CERTIFICATE] },
        500n,
      );
      await seed(key, { completedon: 1_700_000_000_123 }, 700n);
      await seed(key, { active: true }, 900n);
      expect(await fixture.store.read(key)).toEqual({
        status: 2,
        completedon: 1_700_000_000_123,
        certificateCount: 3,
        lastWrite: 700n,
      });
    });

    test('a row with nothing set has nulls, no certificates and no write time', async () => {
      const key = newKey();
      await seed(key, {}, 500n);
      expect(await fixture.store.read(key)).toEqual({
        status: null,
        completedon: null,
        certificateCount: 0,
        lastWrite: 0n,
      });
    });

    test('write times are exact to the microsecond', async () => {
      const key = newKey();
      await seed(key, { status: 1 }, 9_007_199_254_740_991n);
      expect((await fixture.store.read(key))?.lastWrite).toBe(9_007_199_254_740_991n);
    });

    test('an incomplete enrolment gets progress, contentstatus, datetime and status 1', async () => {
      const key = newKey();
      await seed(key, { status: 0, active: true }, 10n);
      await fixture.store.write(progress(key));
      expect(await cells(key)).toEqual({
        active: true,
        status: 1,
        progress: 3,
        contentstatus: new Map([['c1', 2]]),
        datetime: 5_000,
      });
      expect((await fixture.store.read(key))?.lastWrite).toBe(1_000n);
    });

    test('a completion sets status and completedon under their own write time', async () => {
      const key = newKey();
      await seed(key, { status: 1 }, 10n);
      await fixture.store.write(progress(key, { completion: { completedon: 77, writtenAt: 2_000n } }));
      expect(await cells(key)).toMatchObject({ status: 2, completedon: 77, progress: 3 });
      expect((await fixture.store.read(key))?.lastWrite).toBe(2_000n);
      await seed(key, { status: 1, progress: 9 }, 1_500n);
      expect(await cells(key)).toMatchObject({ status: 2, progress: 9 });
    });

    test('a completion without completedon keeps the stored one', async () => {
      const key = newKey();
      await seed(key, { status: 2, completedon: 55 }, 10n);
      await fixture.store.write(progress(key, { completion: { completedon: undefined, writtenAt: 2_000n } }));
      expect(await cells(key)).toMatchObject({ status: 2, completedon: 55, progress: 3 });
    });

    test('contentstatus is replaced whole', async () => {
      const key = newKey();
      await seed(
        key,
        {
          status: 1,
          contentstatus: new Map([
            ['old', 1],
            ['both', 0],
          ]),
        },
        10n,
      );
      await fixture.store.write(
        progress(key, {
          contentStatus: new Map([
            ['both', 2],
            ['new', 1],
          ]),
        }),
      );
      expect((await cells(key))['contentstatus']).toEqual(
        new Map([
          ['both', 2],
          ['new', 1],
        ]),
      );
    });

    test('what another job wrote after the read stays, cell by cell', async () => {
      const key = newKey();
      await seed(key, { status: 1, progress: 1, contentstatus: new Map([['theirs', 2]]), datetime: 9_999 }, 5_000n);
      await fixture.store.write(progress(key, { readAt: 4_000n }));
      expect(await cells(key)).toMatchObject({ status: 1, progress: 1, datetime: 9_999 });
      expect((await cells(key))['contentstatus']).toEqual(new Map([['theirs', 2]]));
      await fixture.store.write(progress(key, { readAt: 4_500n, completion: { completedon: 7, writtenAt: 6_000n } }));
      expect(await cells(key)).toMatchObject({ status: 2, completedon: 7, progress: 1, datetime: 9_999 });
    });

    test('at a tie the larger value wins, whatever the order of the writes', async () => {
      const key = newKey();
      await fixture.store.write(progress(key, { progress: 8, datetime: 1_000 }));
      await fixture.store.write(progress(key, { progress: 3, datetime: 2_000 }));
      expect(await cells(key)).toMatchObject({ progress: 8, datetime: 2_000 });
    });

    test('a null under a newer write time removes, under an older one it does not', async () => {
      const key = newKey();
      await seed(key, { status: 1, progress: 4 }, 100n);
      await seed(key, { status: null }, 200n);
      await seed(key, { progress: null }, 50n);
      expect(await cells(key)).toEqual({ progress: 4 });
    });

    test('writing twice changes nothing', async () => {
      const key = newKey();
      const update = progress(key, { completion: { completedon: 5, writtenAt: 2_000n } });
      await fixture.store.write(update);
      const once = await cells(key);
      await fixture.store.write(update);
      expect(await cells(key)).toEqual(once);
    });

    test.each(hostileIds)('ids are data: %j', async (id) => {
      const key = { userId: id, courseId: id, batchId: id };
      await seed(key, { status: 0 }, 10n);
      await fixture.store.write(
        progress(key, {
          contentStatus: new Map([
            [id, 2],
            ['__proto__', 1],
          ]),
        }),
      );
      expect((await fixture.store.read(key))?.status).toBe(1);
      expect((await cells(key))['contentstatus']).toEqual(
        new Map([
          [id, 2],
          ['__proto__', 1],
        ]),
      );
    });

    test('parts of the key do not run into each other', async () => {
      const key = newKey();
      await seed({ ...key, courseId: 'a', batchId: 'bc' }, { status: 1 }, 10n);
      expect(await fixture.store.read({ ...key, courseId: 'ab', batchId: 'c' })).toBeUndefined();
    });
  });
}
