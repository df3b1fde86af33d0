import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TableAccess } from '../dataset/ports.js';
import { userEnrolments } from '../dataset/table-schema.js';
import type { EnrolmentKey } from '../domain/model.js';
import type { EnrolmentScan, ScanFilter, ScannedPage } from './enrolment-scan.js';
import { hostileIds } from './hostile-ids.conformance.js';

export interface EnrolmentScanFixture {
  readonly scan: EnrolmentScan;
  readonly tables: TableAccess;
  close(): Promise<void>;
}

/** What every adapter of EnrolmentScan does; the table is empty at first. */
export function enrolmentScanConformance(name: string, open: () => Promise<EnrolmentScanFixture>): void {
  describe(`EnrolmentScan: ${name}`, () => {
    let fixture: EnrolmentScanFixture;
    /** 1,800 learners in three courses of two batches each, one course a learner; some learners have hostile names. */
    const users = [...Array.from({ length: 1_800 }, (_, i) => `user-${String(i)}`), ...hostileIds];
    const all: readonly EnrolmentKey[] = users.map((userId, i) => ({
      userId,
      courseId: `course-${String(i % 3)}`,
      batchId: `batch-${String(i % 2)}`,
    }));

    beforeAll(async () => {
      fixture = await open();
    });
    afterAll(async () => {
      await fixture.close();
    });

    const pages = async (filter: ScanFilter, from?: string): Promise<ScannedPage[]> => {
      const found: ScannedPage[] = [];
      for await (const page of fixture.scan.scan(filter, from)) found.push(page);
      return found;
    };
    const keysOf = (found: readonly ScannedPage[]): readonly EnrolmentKey[] => found.flatMap(({ keys }) => keys);
    const sorted = (keys: readonly EnrolmentKey[]): string[] =>
      keys.map(({ userId, courseId, batchId }) => JSON.stringify([userId, courseId, batchId])).sort();
    const course: ScanFilter = { courseId: 'course-1', batchId: undefined };

    test('an empty table', async () => {
      expect(keysOf(await pages(course))).toEqual([]);
    });

    test('every enrolment of the course, or of one of its batches, is met once', async () => {
      const rows = all.map(({ userId, courseId, batchId }) => ({
        key: [userId, courseId, batchId],
        columns: new Map([['status', 1]]),
      }));
      for (let start = 0; start < rows.length; start += 500) {
        await fixture.tables.upsert(userEnrolments, rows.slice(start, start + 500));
      }
      const ofCourse = all.filter(({ courseId }) => courseId === 'course-1');
      const found = await pages(course);
      expect(sorted(keysOf(found))).toEqual(sorted(ofCourse));
      expect(found.reduce((sum, { rows: read }) => sum + read, 0)).toBe(all.length);

      const batch = { courseId: 'course-1', batchId: 'batch-0' };
      expect(sorted(keysOf(await pages(batch)))).toEqual(
        sorted(ofCourse.filter(({ batchId }) => batchId === 'batch-0')),
      );
      expect(keysOf(await pages({ courseId: 'course-1', batchId: '' }))).toEqual([]);
      expect(keysOf(await pages({ courseId: "' OR ''='", batchId: undefined }))).toEqual([]);
    }, 60_000);

    test('from every position it goes on with what is left, in the same order', async () => {
      const found = await pages(course);
      const keys = keysOf(found);
      let before = 0;
      let positions = 0;
      for (const page of found) {
        before += page.keys.length;
        if (page.position === undefined) continue;
        positions += 1;
        expect(keysOf(await pages(course, page.position))).toEqual(keys.slice(before));
      }
      expect(positions).toBeGreaterThan(2);
      expect(found.at(-1)?.position).toBeDefined();
    }, 60_000);

    test('the share that is read grows', async () => {
      const shares = (await pages(course)).map(({ share }) => share ?? 0);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      expect(Math.max(...shares)).toBeLessThanOrEqual(1);
    });
  });
}
