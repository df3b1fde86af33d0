import type { ConsumerRecord } from '@millrace/core';

/** The three ids of an enrolment, as they came: untrimmed, any well-formed Unicode, at most 256 bytes each. */
export interface EnrolmentKey {
  readonly userId: string;
  readonly courseId: string;
  readonly batchId: string;
}

/** A valid request for a sync. */
export interface SyncRequest extends EnrolmentKey {
  /** Time of the request: the record's timestamp, else the event's `ets`. Milliseconds since 1970 UTC. */
  readonly time: number;
  /** Where it came from; a failed event is made of its bytes. */
  readonly record: ConsumerRecord;
}

/** Requests of one enrolment that are settled by one recompute, in offset order, in the name of the first. */
export interface RequestGroup extends EnrolmentKey {
  readonly requests: readonly [SyncRequest, ...SyncRequest[]];
}

/** What the job needs of a row of user_enrolments. */
export interface EnrolmentRow {
  readonly status: number | null;
  /** Milliseconds since 1970 UTC. */
  readonly completedon: number | null;
  /** Entries of `issued_certificates` and of the older `certificates` together. */
  readonly certificateCount: number;
  /** The largest WRITETIME of the row's columns, in microseconds since 1970 UTC; 0n where none is set. */
  readonly lastWrite: bigint;
}

/** Stored status of one content; null as stored (it counts as 1). */
export interface ConsumptionRow {
  readonly contentId: string;
  readonly status: number | null;
}

/** New `completedCount` of a course or unit in user_activity_agg. */
export interface AggregateUpdate {
  readonly activityId: string;
  readonly userId: string;
  readonly batchId: string;
  readonly completedCount: number;
}

/** New progress of an enrolment. */
export interface EnrolmentUpdate extends EnrolmentKey {
  readonly progress: number;
  /** contentId -> status; replaces the stored map as a whole. */
  readonly contentStatus: ReadonlyMap<string, number>;
  /** Milliseconds since 1970 UTC. */
  readonly datetime: number;
  /** Write timestamp of progress, contentstatus, datetime and a status of 1, in microseconds. */
  readonly readAt: bigint;
  /** Present where the enrolment is complete: status 2 is written, and completedon where it is to be set. */
  readonly completion?: {
    /** Milliseconds since 1970 UTC; undefined keeps the stored one. */
    readonly completedon: number | undefined;
    /** Write timestamp of status and completedon, in microseconds. */
    readonly writtenAt: bigint;
  };
}

/** Status that the search service knows of a collection; undefined where it finds none of these three. */
export type CollectionStatus = 'Live' | 'Unlisted' | 'Retired';
