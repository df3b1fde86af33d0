import type { ProducerRecord } from '@millrace/core';
import type { EnrolmentKey } from './model.js';

/** Name-based UUID, version 5 (RFC 9562), of a name in a namespace. */
export type NameUuid = (name: string, namespace: string) => string;

/** Something that happened in an enrolment, for telemetry. */
export interface Happening {
  /** `edata.type`. */
  readonly type: string;
  /** `edata.props`: what it changed. */
  readonly props: readonly string[];
  /** What it happened to. */
  readonly object: { readonly id: string; readonly type: string };
  /** Entries of `context.cdata` behind that of the batch. @default none */
  readonly cdata?: readonly { readonly id: string; readonly type: string }[];
  /** What tells it from others in the enrolment at the same time: the event's ids follow from it. @default nothing */
  readonly name?: readonly string[];
}

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
  /**
   * Tells telemetry of something else in the enrolment; keyed by userId.
   *
   * @param time when it happened, milliseconds since 1970 UTC
   */
  auditOf(key: EnrolmentKey, happening: Happening, time: number): ProducerRecord;
}

/** The `pdata.pid` of audit events of this kind of job; others write to the telemetry topic too. */
export const AUDIT_PID = 'course-progress-updater';

const NAMESPACE = '7d8f1c52-3b0e-5c6a-9f43-2a6f0c1be9d4';

/**
 * Every id in these events follows from the completion, so that a replay repeats them byte by byte. The order of the
 * fields is the deployed job's.
 *
 * @param uuidV5 given from outside: this folder has no dependencies
 */
export function createOutputEvents(uuidV5: NameUuid): OutputEvents {
  const uuid = (
    kind: string,
    { userId, courseId, batchId }: EnrolmentKey,
    time: number,
    name: readonly string[] = [],
  ): string => uuidV5(JSON.stringify([kind, userId, courseId, batchId, ...name, String(time)]), NAMESPACE);

  const auditOf: OutputEvents['auditOf'] = (key, { type, props, object, cdata = [], name }, time) => {
    const { userId, courseId, batchId } = key;
    const event = {
      actor: { id: userId, type: 'User' },
      eid: 'AUDIT',
      edata: { props, type },
      ver: '3.0',
      syncts: time,
      ets: time,
      context: {
        channel: 'in.sunbird',
        env: 'Course',
        sid: uuid('sid', key, time, name),
        did: uuid('did', key, time, name),
        pdata: { ver: '3.0', id: 'org.sunbird.learning.platform', pid: AUDIT_PID },
        cdata: [{ type: 'CourseBatch', id: batchId }, ...cdata],
      },
      mid: `LP.AUDIT.${uuid('audit', key, time, name)}`,
      object: { ...object, rollup: { l1: courseId } },
      tags: [],
    };
    return { key: userId, value: JSON.stringify(event) };
  };

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
      const completion = {
        type: 'enrol-complete',
        props: ['status', 'completedon'],
        object: { id: key.userId, type: 'User' },
        cdata: [{ type: 'Course', id: key.courseId }],
      };
      return auditOf(key, completion, completedon);
    },

    auditOf,
  };
}
