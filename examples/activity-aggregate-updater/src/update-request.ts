import {
  COMPLETED,
  field,
  idOf,
  InvalidEventError,
  isObject,
  isTime,
  parseRequest,
} from '@millrace/reconciliation/parts';
import type { EnrolmentKey, JsonObject, ParsedRecord, SyncRequest } from '@millrace/reconciliation/parts';
import type { ConsumerRecord } from '@millrace/core';

/** A learner has completed contents of a course. */
export interface UpdateRequest extends SyncRequest {
  /** Each once, at least one. */
  readonly contentIds: readonly string[];
  /** The event's own time, which it keeps however often it is sent. Milliseconds since 1970 UTC. */
  readonly happenedAt: number;
  /** The event failed before and was sent again. */
  readonly isReplay: boolean;
}

/** Events of one enrolment that become one update, in order. */
export interface UpdateGroup extends EnrolmentKey {
  readonly requests: readonly [UpdateRequest, ...UpdateRequest[]];
}

const DAY_MS = 86_400_000;
const ACTION = /^batch-enrolment-update$/i;

/** Judges one record: an update, or not for this job (another action, or nothing is completed). @throws InvalidEventError */
export function parseUpdate(record: ConsumerRecord): ParsedRecord<UpdateRequest> {
  return parseRequest<UpdateRequest>(record, ACTION, (request, event, edata) => {
    const contents = field(edata, 'contents');
    if (!Array.isArray(contents) || !contents.every(isObject))
      throw new InvalidEventError('edata.contents must be a list of objects');
    const ids = new Set<string>();
    for (const content of contents as readonly JsonObject[]) {
      if (field(content, 'status') !== COMPLETED) continue;
      ids.add(idOf(content, 'contentId', 'contentId of a content in edata.contents'));
    }
    if (ids.size === 0) return { kind: 'skipped' };
    const isReplay = isObject(field(event, 'failInfo'));
    return {
      kind: 'request',
      request: { ...request, contentIds: [...ids], happenedAt: timeOf(request, event), isReplay },
    };
  });
}

/** A clock that is far ahead must not keep later completions from being counted. */
function timeOf({ time }: SyncRequest, event: JsonObject): number {
  const ets = field(event, 'ets');
  return isTime(ets) && ets <= time + DAY_MS ? ets : time;
}
