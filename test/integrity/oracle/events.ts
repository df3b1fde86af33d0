import { createHash } from 'node:crypto';
import type { Learner } from './learner.js';

const NAMESPACE = Buffer.from('7d8f1c523b0e5c6a9f432a6f0c1be9d4', 'hex');

/** UUID version 5 as RFC 9562 describes it, apart from the library that the job uses. */
function uuidV5(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function idOf(kind: string, { userid, courseid, batchid }: Learner, completedon: number): string {
  return uuidV5(JSON.stringify([kind, userid, courseid, batchid, String(completedon)]));
}

/** The certificate request of a completion, parsed. */
export function certificateOf(learner: Learner, completedon: number): object {
  const { userid, courseid, batchid } = learner;
  return {
    eid: 'BE_JOB_REQUEST',
    ets: completedon,
    mid: `LP.${String(completedon)}.${idOf('certificate', learner, completedon)}`,
    actor: { id: 'Course Certificate Generator', type: 'System' },
    context: { pdata: { ver: '1.0', id: 'org.sunbird.platform' } },
    object: { id: `${batchid}_${courseid}`, type: 'CourseCertificateGeneration' },
    edata: {
      userIds: [userid],
      action: 'issue-certificate',
      iteration: 1,
      trigger: 'auto-issue',
      batchId: batchid,
      reIssue: false,
      courseId: courseid,
    },
  };
}

/** The audit event of a completion, parsed. */
export function auditOf(learner: Learner, completedon: number): object {
  const { userid, courseid, batchid } = learner;
  return {
    actor: { id: userid, type: 'User' },
    eid: 'AUDIT',
    edata: { props: ['status', 'completedon'], type: 'enrol-complete' },
    ver: '3.0',
    syncts: completedon,
    ets: completedon,
    context: {
      channel: 'in.sunbird',
      env: 'Course',
      sid: idOf('sid', learner, completedon),
      did: idOf('did', learner, completedon),
      pdata: { ver: '3.0', id: 'org.sunbird.learning.platform', pid: 'course-progress-updater' },
      cdata: [
        { type: 'CourseBatch', id: batchid },
        { type: 'Course', id: courseid },
      ],
    },
    mid: `LP.AUDIT.${idOf('audit', learner, completedon)}`,
    object: { id: userid, type: 'User', rollup: { l1: courseid } },
    tags: [],
  };
}
