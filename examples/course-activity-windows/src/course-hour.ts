import type { AggregateFunction } from '@millrace/core';
import type { ConsumptionEvent } from './consumption-event.js';

/** What happened in a course within one window of time. */
export interface CourseActivity {
  readonly courseId: string;
  /** Begin of the window, milliseconds since 1970 UTC. */
  readonly windowStart: number;
  readonly events: number;
  /** Different learners. */
  readonly learners: number;
}

/** What is counted while a window is open. */
export interface Counts {
  readonly events: number;
  readonly learners: readonly string[];
}

/** Counts the events of a course, and who they came from. */
export const counting: AggregateFunction<ConsumptionEvent, Counts, Counts> = {
  createAccumulator: () => ({ events: 0, learners: [] }),
  add: ({ userId }, { events, learners }) => ({
    events: events + 1,
    learners: learners.includes(userId) ? learners : [...learners, userId],
  }),
  getResult: (counts) => counts,
  merge: (a, b) => ({ events: a.events + b.events, learners: [...new Set([...a.learners, ...b.learners])] }),
};
