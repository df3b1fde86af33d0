import type { ErrorKind } from '@millrace/core';
import { keyText } from '../domain/requests.js';
import type {
  AggregateUpdate,
  CollectionStatus,
  ConsumptionRow,
  EnrolmentKey,
  EnrolmentRow,
  EnrolmentUpdate,
} from '../domain/model.js';
import type { RelationSets, Stores } from '../stores/ports.js';

/** An error of the infrastructure, in these tests. */
export class Outage extends Error {}

export const classify = (error: unknown): ErrorKind => (error instanceof Outage ? 'infrastructure' : 'event');

interface StoredEnrolment {
  status: number | null;
  completedon: number | null;
  certificateCount: number;
  progress: number | null;
  contentStatus: ReadonlyMap<string, number>;
  datetime: number | null;
  /** Write timestamps of status and completedon, and of the rest. */
  statusAt: bigint;
  restAt: bigint;
}

/**
 * Tables and sets in memory, with Cassandra's rule that the write with the larger timestamp stays. Every call is noted
 * in `calls`, and may be made to wait or to fail by `before`.
 */
export class FakeStores implements Stores {
  readonly calls: string[] = [];
  /** Called with the call's name before it takes effect. */
  before: (call: string) => void | Promise<void> = () => {};
  readonly rows = new Map<string, StoredEnrolment>();
  readonly consumed = new Map<string, Map<string, number | null>>();
  readonly counts = new Map<string, { count: number; updated: number; at: bigint }>();
  readonly leafNodes = new Map<string, string[]>();
  readonly optionalNodes = new Map<string, string[]>();
  readonly above = new Map<string, string[]>();
  readonly statuses = new Map<string, CollectionStatus>();

  /** A course of units, each of leaf nodes. */
  course(courseId: string, units: Readonly<Record<string, readonly string[]>>): this {
    this.leafNodes.set(JSON.stringify([courseId, courseId]), Object.values(units).flat());
    for (const [unit, leaves] of Object.entries(units)) {
      this.leafNodes.set(JSON.stringify([courseId, unit]), [...leaves]);
      for (const leaf of leaves) this.above.set(JSON.stringify([courseId, leaf]), [courseId, unit]);
    }
    return this;
  }

  enrol(key: EnrolmentKey, over: Partial<StoredEnrolment> = {}): this {
    this.rows.set(keyText(key), {
      status: 0,
      completedon: null,
      certificateCount: 0,
      progress: null,
      contentStatus: new Map(),
      datetime: null,
      statusAt: 0n,
      restAt: 0n,
      ...over,
    });
    return this;
  }

  consume(key: EnrolmentKey, contents: Readonly<Record<string, number | null>>): this {
    const rows = this.consumed.get(keyText(key)) ?? new Map<string, number | null>();
    for (const [id, status] of Object.entries(contents)) rows.set(id, status);
    this.consumed.set(keyText(key), rows);
    return this;
  }

  row(key: EnrolmentKey): StoredEnrolment {
    const row = this.rows.get(keyText(key));
    if (row === undefined) throw new Error('no such enrolment');
    return row;
  }

  /** completedCount by activity. */
  countOf(activityId: string): number | undefined {
    return [...this.counts].find(([id]) => (JSON.parse(id) as string[])[0] === activityId)?.[1].count;
  }

  async #call(name: string): Promise<void> {
    this.calls.push(name);
    await this.before(name);
  }

  readonly enrolments = {
    read: async (key: EnrolmentKey): Promise<EnrolmentRow | undefined> => {
      await this.#call('enrolments.read');
      const row = this.rows.get(keyText(key));
      if (row === undefined) return undefined;
      const { status, completedon, certificateCount, statusAt, restAt } = row;
      return { status, completedon, certificateCount, lastWrite: statusAt > restAt ? statusAt : restAt };
    },
    write: async (update: EnrolmentUpdate): Promise<void> => {
      await this.#call('enrolments.write');
      const row = this.row(update);
      const { completion, readAt } = update;
      if (readAt > row.restAt) {
        row.progress = update.progress;
        row.contentStatus = update.contentStatus;
        row.datetime = update.datetime;
        row.restAt = readAt;
      }
      const at = completion?.writtenAt ?? readAt;
      if (at <= row.statusAt) return;
      row.status = completion === undefined ? 1 : 2;
      if (completion?.completedon !== undefined) row.completedon = completion.completedon;
      row.statusAt = at;
    },
  };

  readonly consumption = {
    read: async (key: EnrolmentKey): Promise<readonly ConsumptionRow[]> => {
      await this.#call('consumption.read');
      return [...(this.consumed.get(keyText(key)) ?? [])].map(([contentId, status]) => ({ contentId, status }));
    },
  };

  readonly aggregates = {
    merge: async (updates: readonly AggregateUpdate[], at: number, readAt: bigint): Promise<void> => {
      await this.#call('aggregates.merge');
      for (const { activityId, userId, batchId, completedCount } of updates) {
        const id = JSON.stringify([activityId, userId, batchId]);
        if ((this.counts.get(id)?.at ?? -1n) < readAt)
          this.counts.set(id, { count: completedCount, updated: at, at: readAt });
      }
    },
  };

  readonly relations = {
    sets: async (courseId: string, ids: readonly string[]): Promise<readonly RelationSets[]> => {
      await this.#call(`relations.sets ${ids.join(' ')}`);
      return ids.map((id) => ({
        leafNodes: new Set(this.leafNodes.get(JSON.stringify([courseId, id]))),
        optionalNodes: new Set(this.optionalNodes.get(JSON.stringify([courseId, id]))),
      }));
    },
    ancestors: async (courseId: string, contentIds: readonly string[]): Promise<readonly ReadonlySet<string>[]> => {
      await this.#call(`relations.ancestors ${contentIds.join(' ')}`);
      return contentIds.map((id) => new Set(this.above.get(JSON.stringify([courseId, id]))));
    },
  };

  readonly collections = {
    status: async (courseId: string): Promise<CollectionStatus | undefined> => {
      await this.#call('collections.status');
      return this.statuses.get(courseId);
    },
  };
}
