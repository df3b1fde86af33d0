import { createHash } from 'node:crypto';
import { MapStateDescriptor } from '@millrace/core';
import type {
  Collector,
  KeyedProcessContext,
  KeyedProcessFunction,
  KeyedRuntimeContext,
  MapState,
} from '@millrace/core';
import { COMPLETED } from '@millrace/reconciliation/parts';
import type { EnrolmentKey } from '@millrace/reconciliation/parts';
import type { UpdateRequest } from './update-request.js';

/**
 * Lets each completed content of an enrolment through once within `expiryMs`. What went through is state of the
 * enrolment: a checksum by content, written in one step with the position in the topic.
 *
 * @param onDuplicate told of an event of which nothing is left
 */
export function dedupFunction(
  expiryMs: number,
  onDuplicate: () => void,
): KeyedProcessFunction<string, UpdateRequest, UpdateRequest> {
  let seen: MapState<string, true>;
  return {
    open(context: KeyedRuntimeContext) {
      seen = context.getMapState(new MapStateDescriptor<string, true>('seen', { ttl: { ttlMs: expiryMs } }));
    },

    processElement(request: UpdateRequest, _context: KeyedProcessContext<string>, out: Collector<UpdateRequest>) {
      const fresh = request.contentIds.filter((contentId) => {
        const sum = checksum(request, contentId);
        if (!request.isReplay && seen.contains(sum)) return false;
        seen.put(sum, true);
        return true;
      });
      if (fresh.length === 0) onDuplicate();
      else out.collect({ ...request, contentIds: fresh });
    },
  };
}

/** MD5 of what the event says of a content: two events that say the same have the same. */
function checksum({ userId, courseId, batchId }: EnrolmentKey, contentId: string): string {
  return createHash('md5')
    .update(JSON.stringify([userId, courseId, batchId, contentId, COMPLETED]))
    .digest('base64');
}
