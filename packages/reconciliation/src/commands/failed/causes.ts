import type { FailureCode } from '../../domain/codes.js';
import type { Unmendable } from './failed-event.js';

/** A code in words. */
export interface Cause {
  /** What has happened. */
  readonly means: string;
  /** What to do about it. */
  readonly remedy: string;
}

const causes: Readonly<Record<FailureCode, Cause>> = {
  ERR_UNPARSEABLE_EVENT: {
    means: 'the value of the request is not JSON, or not an object',
    remedy: 'find out who sent it; it cannot be sent back, somebody has to ask again',
  },
  ERR_INVALID_EVENT: {
    means: 'an id in the request is missing, blank, too long or not well-formed, or its time is impossible',
    remedy: 'find out who sent it; sent back as it is it would fail again',
  },
  ERR_LEAF_NODES_MISSING: {
    means: 'the relation cache has no leaf nodes for the course',
    remedy: 'publish the course again, then send the event back',
  },
  ERR_COLLECTION_RETIRED: {
    means: 'the relation cache has no leaf nodes for the course, and the course is retired',
    remedy: 'nothing: a retired course is not recomputed (if it should not be retired: publish it, then send back)',
  },
  ERR_COLLECTION_UNKNOWN: {
    means: 'the relation cache has no leaf nodes for the course, and the search service does not find it',
    remedy: 'check the course id; where it is right, publish the course, then send the event back',
  },
  ERR_PROCESSING: {
    means: 'something else that this event caused: the message says what',
    remedy: 'mend what the message names, then send the event back',
  },
};

/** The words for a code; also for one that this version does not know. */
export function causeOf(code: string): Cause {
  return Object.hasOwn(causes, code)
    ? causes[code as FailureCode]
    : { means: 'a code that this version does not know', remedy: 'see the message' };
}

/** Why an event stays in the failed topic when the others are sent back. */
export const leftBecause: Readonly<Record<Unmendable | 'tooLarge', string>> = {
  unparseable: 'it was no JSON object, only its bytes are here',
  truncated: 'only its first 64 KiB are here',
  invalid: 'the job would refuse it again',
  tooLarge: 'the input topic does not take a record of this size',
};
