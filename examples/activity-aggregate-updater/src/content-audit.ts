import type { ProducerRecord } from '@millrace/core';
import type { EnrolmentKey } from '@millrace/reconciliation/parts';
import { v5 } from 'uuid';
import type { ContentAction } from './content-progress.js';

const NAMESPACE = '9b8f60f4-5c0b-5d5e-8a40-6f6f6f6d2b11';

/** Tells telemetry of a content that was started or completed. The same happening always gives the same bytes. */
export function contentAudit(
  key: EnrolmentKey,
  contentId: string,
  action: ContentAction,
  time: number,
): ProducerRecord {
  const { userId, courseId, batchId } = key;
  const uuid = (kind: string): string =>
    v5(JSON.stringify([kind, userId, courseId, batchId, contentId, action, String(time)]), NAMESPACE);
  const event = {
    actor: { id: userId, type: 'User' },
    eid: 'AUDIT',
    edata: { props: action === 'complete' ? ['viewcount', 'completedcount'] : ['viewcount'], type: action },
    ver: '3.0',
    syncts: time,
    ets: time,
    context: {
      channel: 'in.sunbird',
      env: 'Course',
      sid: uuid('sid'),
      did: uuid('did'),
      pdata: { ver: '3.0', id: 'org.sunbird.learning.platform', pid: 'course-progress-updater' },
      cdata: [{ type: 'CourseBatch', id: batchId }],
    },
    mid: `LP.AUDIT.${uuid('audit')}`,
    object: { id: contentId, type: 'Content', rollup: { l1: courseId } },
    tags: [],
  };
  return { key: userId, value: JSON.stringify(event) };
}
