import type { ProducerRecord } from '@millrace/core';
import { createOutputEvents, nameUuid } from '@millrace/reconciliation/parts';
import type { EnrolmentKey } from '@millrace/reconciliation/parts';
import type { ContentAction } from './content-progress.js';

const events = createOutputEvents(nameUuid);

/** Tells telemetry of a content that was started or completed. The same happening always gives the same bytes. */
export function contentAudit(
  key: EnrolmentKey,
  contentId: string,
  action: ContentAction,
  time: number,
): ProducerRecord {
  const props = action === 'complete' ? ['viewcount', 'completedcount'] : ['viewcount'];
  const happening = { type: action, props, object: { id: contentId, type: 'Content' }, name: [contentId, action] };
  return events.auditOf(key, happening, time);
}
