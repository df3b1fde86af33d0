import type { ConsumerRecord } from '@millrace/core';
import type { SyncRequest } from '../domain/model.js';

/** A record of the input topic; the value is text, sent as UTF-8, or bytes. */
export function record(value: string | Uint8Array | null, over: Partial<ConsumerRecord> = {}): ConsumerRecord {
  return {
    topic: 'dev.batch.enrolment.sync.request',
    partition: 0,
    offset: 12,
    timestamp: 1683556693275,
    key: Buffer.from('U'),
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers: {},
    ...over,
  };
}

/** The value of a sync request as the producer writes it. */
export function syncEvent(
  over: Readonly<Record<string, unknown>> = {},
  event: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    eid: 'BE_JOB_REQUEST',
    ets: 1683556693275,
    mid: 'LP.1683556693275.a18caaec-50ac-4c19-bcfe-84e2ad9aa5eb',
    actor: { type: 'System', id: 'Course Batch Updater' },
    context: { pdata: { ver: '1.0', id: 'org.sunbird.platform' } },
    object: { type: 'CourseBatchEnrolment', id: 'B_U' },
    edata: { action: 'user-enrolment-sync', iteration: 1, batchId: 'B', userId: 'U', courseId: 'C', ...over },
    ...event,
  });
}

/** A valid request at `time`. */
export function request(time: number, offset = 0, over: Partial<SyncRequest> = {}): SyncRequest {
  const ids = { userId: 'U', courseId: 'C', batchId: 'B' };
  return { ...ids, time, record: record(syncEvent(), { offset, timestamp: time }), ...over };
}
