import type { AggregateFunction } from '@millrace/core';
import type { ConsumptionEvent } from './consumption-event.js';

/** A time in which a learner worked on a course without a long pause. */
export interface LearnerSession {
  readonly userId: string;
  readonly courseId: string;
  /** Time of the first event, and of the last. */
  readonly from: number;
  readonly to: number;
  readonly events: number;
  /** Different contents. */
  readonly contents: number;
}

/** What is known of a session while it goes on. */
export interface OpenSession {
  readonly from: number;
  readonly to: number;
  readonly events: number;
  readonly contents: readonly string[];
}

/** Sums up a session event by event; two that turn out to be one are merged. */
export const summing: AggregateFunction<ConsumptionEvent, OpenSession, OpenSession> = {
  createAccumulator: () => ({ from: Number.MAX_SAFE_INTEGER, to: 0, events: 0, contents: [] }),
  add: ({ ets, contentId }, { from, to, events, contents }) => ({
    from: Math.min(from, ets),
    to: Math.max(to, ets),
    events: events + 1,
    contents: contents.includes(contentId) ? contents : [...contents, contentId],
  }),
  getResult: (session) => session,
  merge: (a, b) => ({
    from: Math.min(a.from, b.from),
    to: Math.max(a.to, b.to),
    events: a.events + b.events,
    contents: [...new Set([...a.contents, ...b.contents])],
  }),
};
