import type { EnrolmentKey, EnrolmentRow, Stores } from '@millrace/reconciliation/parts';
import { keyText } from '@millrace/reconciliation/parts';
import type { ContentProgressStore, StoredProgress } from '../content-progress.js';

const NOTHING = { status: 0, viewCount: 0, completedCount: 0, countedAt: 0n, statusAt: 0n };

/** Tables and sets of one course in memory: leaf nodes `a`, `b` and `c`, of which `c` is optional. */
export class MemoryStores {
  readonly rows = new Map<string, Map<string, StoredProgress>>();
  readonly enrolled = new Map<string, EnrolmentRow & { readonly progress?: number }>();
  readonly counts = new Map<string, number>();
  /** Called behind each write of consumption rows, before it is acknowledged. */
  afterWrite: () => void = () => undefined;
  writes = 0;

  enrol(key: EnrolmentKey): this {
    this.enrolled.set(keyText(key), { status: 0, completedon: null, certificateCount: 0, lastWrite: 0n });
    return this;
  }

  /** contentId -> status, viewcount, completedcount. */
  consumed(key: EnrolmentKey): Readonly<Record<string, readonly number[]>> {
    const rows = [...(this.rows.get(keyText(key))?.values() ?? [])];
    return Object.fromEntries(
      rows.map(({ contentId, status, viewCount, completedCount }) => [contentId, [status, viewCount, completedCount]]),
    );
  }

  readonly progress: ContentProgressStore = {
    read: (key) => Promise.resolve([...(this.rows.get(keyText(key))?.values() ?? [])]),
    write: (key, changes) => {
      this.writes += 1;
      const stored = this.rows.get(keyText(key)) ?? new Map<string, StoredProgress>();
      this.rows.set(keyText(key), stored);
      for (const { contentId, counts, statusAfter } of changes) {
        const row = stored.get(contentId) ?? { ...NOTHING, contentId };
        const counted = counts === undefined ? {} : { ...counts, countedAt: counts.at };
        stored.set(contentId, { ...row, ...counted, ...(statusAfter === undefined ? {} : { status: 2 }) });
      }
      // The write is there, its answer may be lost.
      this.afterWrite();
      return Promise.resolve();
    },
  };

  readonly stores: Stores = {
    enrolments: {
      read: (key) => Promise.resolve(this.enrolled.get(keyText(key))),
      write: (update) => {
        const { completion, progress, readAt: lastWrite } = update;
        const before = this.enrolled.get(keyText(update));
        this.enrolled.set(keyText(update), {
          status: completion === undefined ? 1 : 2,
          completedon: completion?.completedon ?? before?.completedon ?? null,
          certificateCount: 0,
          lastWrite,
          progress,
        });
        return Promise.resolve();
      },
    },
    consumption: {
      read: (key) => Promise.resolve([...(this.rows.get(keyText(key))?.values() ?? [])]),
    },
    aggregates: {
      merge: (updates) => {
        for (const { activityId, userId, completedCount } of updates) {
          this.counts.set(`${userId} ${activityId}`, completedCount);
        }
        return Promise.resolve();
      },
    },
    relations: {
      sets: (courseId, ids) =>
        Promise.resolve(
          ids.map(() => ({
            leafNodes: new Set(courseId === 'lost' ? [] : ['a', 'b', 'c']),
            optionalNodes: new Set(courseId === 'lost' ? [] : ['c']),
          })),
        ),
      ancestors: (courseId, ids) => Promise.resolve(ids.map(() => new Set([courseId]))),
    },
    collections: { status: () => Promise.resolve('Live' as const) },
  };
}
