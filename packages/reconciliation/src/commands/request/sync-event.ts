import type { ConsumerRecord } from '@millrace/core';
import type { EnrolmentKey } from '../../domain/model.js';

/**
 * A sync request as the platform's API writes it, as JSON text.
 *
 * @param time of the request, milliseconds since 1970 UTC
 * @param uuid names this event and no other
 */
export function syncEvent({ userId, courseId, batchId }: EnrolmentKey, time: number, uuid: string): string {
  return JSON.stringify({
    eid: 'BE_JOB_REQUEST',
    ets: time,
    mid: `LP.${String(time)}.${uuid}`,
    actor: { type: 'System', id: 'Course Batch Updater' },
    context: { pdata: { ver: '1.0', id: 'org.sunbird.platform' } },
    object: { type: 'CourseBatchEnrolment', id: `${batchId}_${userId}` },
    edata: { action: 'user-enrolment-sync', iteration: 1, batchId, userId, courseId },
  });
}

/** That event as the job would read it from its input topic, keyed by userId. */
export function syncRecord(topic: string, key: EnrolmentKey, time: number, uuid: string): ConsumerRecord {
  return {
    ...{ topic, partition: 0, offset: 0, timestamp: time, headers: {} },
    key: Buffer.from(key.userId, 'utf8'),
    value: Buffer.from(syncEvent(key, time, uuid), 'utf8'),
  };
}
