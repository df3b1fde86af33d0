import type { AggregateUpdate, EnrolmentKey, EnrolmentRow, EnrolmentUpdate, RequestGroup } from '../domain/model.js';

/** Common to all that stands for a group of requests on its way through the stages. */
interface Part extends RequestGroup {
  /**
   * These are the others of a group of which a part was settled by a replay: nothing is announced for them, and the
   * group is counted already.
   */
  readonly afterReplay: boolean;
}

/** To be recomputed. */
export interface Recompute extends Part {
  readonly kind: 'recompute';
  /** The enrolment as read for the filter. */
  readonly row: EnrolmentRow;
}

/** Recomputed, not written yet. */
export interface Computed extends Part {
  readonly kind: 'computed';
  readonly aggregates: readonly AggregateUpdate[];
  /** Write timestamp of the aggregates, in microseconds. */
  readonly aggregatesAt: bigint;
  /** The new progress, apart from the completion. */
  readonly update: Omit<EnrolmentUpdate, 'completion'>;
  /** Present where the enrolment is complete. */
  readonly completion: { readonly completedon: number; readonly write: number | undefined } | undefined;
}

/** A completion that is stored and is to be told to the world. */
export interface Announcement extends Part {
  readonly kind: 'announcement';
  /** `recovery` asks for the certificate alone. */
  readonly reason: 'completion' | 'replay' | 'recovery';
  /** Milliseconds since 1970 UTC. */
  readonly completedon: number;
}

/** Done, with nothing to tell. */
export interface Settled extends Part {
  readonly kind: 'settled';
}

export type FilteredGroup = Recompute | Announcement;
export type AggregatedGroup = Computed | Announcement | Settled;
export type PersistedGroup = Announcement | Settled;

/** What every element carries on from the one it is made of. */
export function partOf({ userId, courseId, batchId, requests, afterReplay }: Part): Part & EnrolmentKey {
  return { userId, courseId, batchId, requests, afterReplay };
}
