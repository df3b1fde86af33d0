import type { AggregateRows, EnrolmentRow } from './tables.js';

/** A record of a topic as it was read back. */
export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number | undefined;
  readonly key: string | null;
  readonly value: string | null;
}

/** Everything that a run left behind: what the checker judges, wherever it came from. */
export interface Observed {
  readonly inputs: readonly ReadRecord[];
  /** By partition: where the group would go on. */
  readonly committed: ReadonlyMap<number, number>;
  /** By partition: the end of the input. */
  readonly ends: ReadonlyMap<number, number>;
  /** By `enrolmentKey`. */
  readonly enrolments: ReadonlyMap<string, EnrolmentRow>;
  /** By user id. */
  readonly aggregates: ReadonlyMap<string, AggregateRows>;
  /** In the order of each partition. */
  readonly certificates: readonly ReadRecord[];
  readonly audits: readonly ReadRecord[];
  readonly failed: readonly ReadRecord[];
}

export function enrolmentKey(userid: string, courseid: string, batchid: string): string {
  return JSON.stringify([userid, courseid, batchid]);
}
