import type { EnrolmentKey, RequestGroup, SyncRequest } from './model.js';

/** One or more requests, in offset order. */
export type Requests = readonly [SyncRequest, ...SyncRequest[]];

/** The key of an enrolment as text: two enrolments never share it, whatever their ids contain. */
export function keyText(key: EnrolmentKey): string {
  return JSON.stringify([key.userId, key.courseId, key.batchId]);
}

/** The ids of anything that has them, and nothing else of it. */
export function keyOf(of: EnrolmentKey): EnrolmentKey {
  return { userId: of.userId, courseId: of.courseId, batchId: of.batchId };
}

/** Makes one group of the requests of one enrolment that wait, in the order in which they came. */
export function coalesce(waiting: Requests): RequestGroup {
  return { ...keyOf(waiting[0]), requests: waiting };
}
