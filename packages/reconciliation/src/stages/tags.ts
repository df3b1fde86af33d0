import { OutputTag } from '@millrace/core';
import type { ProducerRecord } from '@millrace/core';
import type { FailedRecord } from '../domain/failed-record.js';

/** Failed events, from every stage that can fail. */
export const FAILED = new OutputTag<FailedRecord>('failed');
/** Certificate requests. */
export const CERTIFICATES = new OutputTag<ProducerRecord>('certificates');
/** Audit events for telemetry. */
export const AUDIT = new OutputTag<ProducerRecord>('audit');
