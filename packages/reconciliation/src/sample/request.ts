import type { Random } from './random.js';

/** A line of requests.jsonl. */
export interface SampleRequest {
  readonly key: string | null;
  readonly value?: string | null;
  readonly valueBase64?: string;
  readonly timestamp: number;
}

/** The event that the platform's API sends: compact, fields in this order. */
export function syncEvent(
  random: Random,
  ids: { userId: unknown; courseId: unknown; batchId: unknown },
  at: number,
  action = 'user-enrolment-sync',
): string {
  return JSON.stringify({
    eid: 'BE_JOB_REQUEST',
    ets: at,
    mid: `LP.${String(at)}.${random.uuid()}`,
    actor: { type: 'System', id: 'Course Batch Updater' },
    context: { pdata: { ver: '1.0', id: 'org.sunbird.platform' } },
    object: { type: 'CourseBatchEnrolment', id: `${String(ids.batchId)}_${String(ids.userId)}` },
    edata: { action, iteration: 1, batchId: ids.batchId, userId: ids.userId, courseId: ids.courseId },
  });
}

/** What else turns up on such a topic: broken, empty, incomplete, meant for others. */
export function strayRequest(random: Random, userId: string, at: number): SampleRequest {
  const whole = { userId, courseId: 'do_2131400000000000000001', batchId: '0131400000000000000' };
  const base = { key: userId, timestamp: at };
  switch (random.between(0, 7)) {
    case 0:
      return { ...base, value: syncEvent(random, whole, at).slice(0, -random.between(2, 40)) };
    case 1:
      return { ...base, value: null };
    case 2:
      return { ...base, valueBase64: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0xff]).toString('base64') };
    case 3:
      return { ...base, value: syncEvent(random, { ...whole, userId: ' ' }, at) };
    case 4:
      return { ...base, value: syncEvent(random, { ...whole, courseId: 42 }, at) };
    case 5:
      return { ...base, value: '[]' };
    default:
      return { ...base, value: syncEvent(random, whole, at, 'batch-enrolment-sync') };
  }
}
