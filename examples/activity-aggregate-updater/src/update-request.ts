import { COMPLETED, field, isObject, parseRequest, problemOfId } from '@millrace/reconciliation/parts';
import type { EnrolmentKey, JsonObject, ParsedRecord, SyncRequest } from '@millrace/reconciliation/parts';
import type { ConsumerRecord } from '@millrace/core';

/** A learner has completed contents of a course. */
export interface UpdateRequest extends SyncRequest {
  /** Each once, at least one. */
  readonly contentIds: readonly string[];
  /** The event failed before and was sent again: what it says was never written. */
  readonly isReplay: boolean;
}

/** Events of one enrolment that become one update, in order. */
export interface UpdateGroup extends EnrolmentKey {
  readonly requests: readonly [UpdateRequest, ...UpdateRequest[]];
}

const ACTION = /^batch-enrolment-update$/i;

/** Judges one record: an update, not for this job (another action, or nothing is completed), or a failure. */
export function parseUpdate(record: ConsumerRecord): ParsedRecord<UpdateRequest> {
  return parseRequest<UpdateRequest>(record, ACTION, (request, event, edata) => {
    const contents = field(edata, 'contents');
    if (!Array.isArray(contents) || !contents.every(isObject))
      return invalid('edata.contents must be a list of objects');
    const ids = new Set<string>();
    for (const content of contents as readonly JsonObject[]) {
      if (field(content, 'status') !== COMPLETED) continue;
      const id = field(content, 'contentId');
      const problem = problemOfId(id);
      if (problem !== undefined) return invalid(`contentId of a content in edata.contents ${problem}`);
      ids.add(id as string);
    }
    if (ids.size === 0) return { kind: 'skipped' };
    const isReplay = isObject(field(event, 'failInfo'));
    return { kind: 'request', request: { ...request, contentIds: [...ids], isReplay } };
  });
}

function invalid(error: string): ParsedRecord<UpdateRequest> {
  return { kind: 'failure', code: 'ERR_INVALID_EVENT', error };
}
