import type { ConsumerRecord } from '@millrace/core';
import { decodeEvent, field, isObject } from '@millrace/reconciliation/parts';

/** Whether a record of the telemetry topic, which many write to, is of this kind of job. */
export function isOwnAudit(record: ConsumerRecord): boolean {
  const decoded = decodeEvent(record.value);
  if (!decoded.ok || field(decoded.event, 'eid') !== 'AUDIT') return false;
  const context = field(decoded.event, 'context');
  const pdata = isObject(context) ? field(context, 'pdata') : undefined;
  return isObject(pdata) && field(pdata, 'pid') === 'course-progress-updater';
}
