import type { Learner } from './learner.js';

/** A record for the input topic. */
export interface PlannedRecord {
  /** Its place in the order of the feed; it is part of the value. */
  readonly sequence: number;
  readonly learner: Learner;
  readonly key: string;
  readonly value: string;
  readonly timestamp: number;
}

/** Time of the first request; every request has its own millisecond. */
export const FIRST_REQUEST = 1_763_800_000_000;

/** Records that a learner's turn puts into the topic. */
export function requestsOf(learner: Learner, sequence: number): readonly PlannedRecord[] {
  const count = learner.kind === 'asks thrice' ? 3 : 1;
  return Array.from({ length: count }, (_, n) => ({
    sequence: sequence + n,
    learner,
    key: learner.key,
    value: valueOf(learner, sequence + n),
    timestamp: FIRST_REQUEST + sequence + n,
  }));
}

/** The place in the feed of a record that was read back. */
export function sequenceOf(value: string): number | undefined {
  const match = /REQ\.(\d+)\b/.exec(value);
  return match === null ? undefined : Number(match[1]);
}

function valueOf(learner: Learner, sequence: number): string {
  const mid = `REQ.${String(sequence)}`;
  if (learner.kind === 'unparseable') return `{"mid":"${mid}","edata":`;
  const edata = {
    action: learner.kind === 'not ours' ? 'batch-enrolment-sync' : 'user-enrolment-sync',
    iteration: 1,
    batchId: learner.batchid,
    userId: learner.kind === 'invalid' ? ' ' : learner.userid,
    courseId: learner.courseid,
  };
  return JSON.stringify({ eid: 'BE_JOB_REQUEST', ets: 1, mid, edata });
}
