import type { ProducerRecord } from '@millrace/core';
import type { EnrolmentKey } from './model.js';

/** Name-based UUID, version 5 (RFC 9562), of a name in a namespace. */
export type NameUuid = (name: string, namespace: string) => string;

/** Makes the records that tell the world of a completion. The same completion always gives the same bytes. */
export interface OutputEvents {
  /**
   * Asks the certificate generator to issue; keyed by userId.
   *
   * @param attemptId attempt at an assessment that the certificate may be for; absent in the reconciliation job's
   */
  certificate(key: EnrolmentKey, completedon: number, attemptId?: string): ProducerRecord;
  /** Tells telemetry that the enrolment is complete; keyed by userId. */
  audit(key: EnrolmentKey, completedon: number): ProducerRecord;
}

const NAMESPACE = '7d8f1c52-3b0e-5c6a-9f43-2a6f0c1be9d4';

/**
 * Every id in these events follows from the completion, so that a replay repeats them byte by byte. The order of the
 * fields is the deployed job's.
 *
 * @param uuidV5 given from outside: this folder has no dependencies
 */
export function createOutputEvents(uuidV5: NameUuid): OutputEvents {
  const uuid = (kind: string, { userId, courseId, batchId }: EnrolmentKey, completedon: number): string =>
    uuidV5(JSON.stringify([kind, userId, courseId, batchId, String(completedon)]), NAMESPACE);

  return {
    certificate(key, completedon, attemptId) {
      const { userId, courseId, batchId } = key;
      const kind = attemptId === undefined ? 'certificate' : `certificate of ${attemptId}`;
      const event = {
        eid: 'BE_JOB_REQUEST',
        ets: completedon,
        mid: `LP.${completedon}.${uuid(kind, key, completedon)}`,
        actor: { id: 'Course Certificate Generator', type: 'System' },
        context: { pdata: { ver: '1.0', id: 'org.sunbird.platform' } },
        object: { id: `${batchId}_${courseId}`, type: 'CourseCertificateGeneration' },
        edata: {
          userIds: [userId],
          action: 'issue-certificate',
          iteration: 1,
          trigger: 'auto-issue',
          batchId,
          reIssue: false,
          courseId,
          attemptId,
        },
      };
      return { key: userId, value: JSON.stringify(event) };
    },

    audit(key, completedon) {
      const { userId, courseId, batchId } = key;
      const event = {
        actor: { id: userId, type: 'User' },
        eid: 'AUDIT',
        edata: { props: ['status', 'completedon'], type: 'enrol-complete' },
        ver: '3.0',
        syncts: completedon,
        ets: completedon,
        context: {
          channel: 'in.sunbird',
          env: 'Course',
          sid: uuid('sid', key, completedon),
          did: uuid('did', key, completedon),
          pdata: { ver: '3.0', id: 'org.sunbird.learning.platform', pid: 'course-progress-updater' },
          cdata: [
            { type: 'CourseBatch', id: batchId },
            { type: 'Course', id: courseId },
          ],
        },
        mid: `LP.AUDIT.${uuid('audit', key, completedon)}`,
        object: { id: userId, type: 'User', rollup: { l1: courseId } },
        tags: [],
      };
      return { key: userId, value: JSON.stringify(event) };
    },
  };
}
