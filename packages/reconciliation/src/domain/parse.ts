import type { ConsumerRecord } from '@millrace/core';
import { decodeEvent, field, isObject, kindOf } from './event-text.js';
import type { JsonObject } from './event-text.js';
import type { SyncRequest } from './model.js';
import { isWellFormed, utf8Length } from './text.js';

/** What a record of the input topic is. */
export type ParsedRecord<R extends SyncRequest = SyncRequest> =
  | { readonly kind: 'request'; readonly request: R }
  /** An event for somebody else; nothing is to be done. */
  | { readonly kind: 'skipped' }
  | {
      readonly kind: 'failure';
      readonly code: 'ERR_UNPARSEABLE_EVENT' | 'ERR_INVALID_EVENT';
      readonly error: string;
    };

/** Longest id, in bytes of UTF-8. */
export const MAX_ID_BYTES = 256;

/** The last millisecond of the year 9999: what every store and every reader of the outputs can still write down. */
export const MAX_TIME = 253_402_300_799_999;

// Without the u flag `i` folds ASCII letters alone, and `$` without m stands at the very end only.
const ACTION = /^user-enrolment-sync$/i;

/** Judges one record: a valid request, not for this job, or a failure. */
export function parseRecord(record: ConsumerRecord): ParsedRecord {
  return parseRequest(record, ACTION, (request) => ({ kind: 'request', request }));
}

/**
 * The same for another job's requests about an enrolment.
 *
 * @param action what `edata.action` must match; other events are skipped
 * @param make judges the rest of a request whose ids and time are valid
 */
export function parseRequest<R extends SyncRequest>(
  record: ConsumerRecord,
  action: RegExp,
  make: (request: SyncRequest, event: JsonObject, edata: JsonObject) => ParsedRecord<R>,
): ParsedRecord<R> {
  const decoded = decodeEvent(record.value);
  if (!decoded.ok) return { kind: 'failure', code: 'ERR_UNPARSEABLE_EVENT', error: decoded.reason };
  const edata = field(decoded.event, 'edata');
  if (!isObject(edata)) return { kind: 'skipped' };
  const found = field(edata, 'action');
  if (typeof found !== 'string' || !action.test(found)) return { kind: 'skipped' };

  const problem = problemOfIds(edata);
  if (problem !== undefined) return { kind: 'failure', code: 'ERR_INVALID_EVENT', error: problem };
  const time = record.timestamp ?? field(decoded.event, 'ets');
  if (!isTime(time)) {
    const source = record.timestamp === undefined ? 'ets' : "the record's timestamp";
    const error = `${source} must be a whole number of milliseconds from 0 to ${MAX_TIME} (the year 9999)`;
    return { kind: 'failure', code: 'ERR_INVALID_EVENT', error };
  }
  const { userId, courseId, batchId } = edata as Record<IdName, string>;
  // `+ 0` turns -0 into 0: the time is compared and written as text.
  return make({ userId, courseId, batchId, time: time + 0, record }, decoded.event, edata);
}

const ID_NAMES = ['userId', 'courseId', 'batchId'] as const;
type IdName = (typeof ID_NAMES)[number];

function problemOfIds(edata: JsonObject): string | undefined {
  for (const name of ID_NAMES) {
    const problem = problemOfId(field(edata, name));
    if (problem !== undefined) return `edata.${name} ${problem}`;
  }
  return undefined;
}

/** Why an id cannot be one of a request, undefined where it can. */
export function problemOfId(id: unknown): string | undefined {
  if (id === undefined) return 'is missing';
  if (typeof id !== 'string') return `must be a string, not ${kindOf(id)}`;
  if (/^\s*$/u.test(id)) return 'is blank';
  // Half a surrogate pair becomes U+FFFD on its way to the database and would hit another learner's row.
  if (!isWellFormed(id)) return 'is not well-formed Unicode (half of a surrogate pair)';
  const bytes = utf8Length(id);
  return bytes > MAX_ID_BYTES ? `has ${bytes} bytes, at most ${MAX_ID_BYTES} are allowed` : undefined;
}

/** Whether it is milliseconds since 1970 UTC, up to the end of the year 9999. */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TIME;
}
