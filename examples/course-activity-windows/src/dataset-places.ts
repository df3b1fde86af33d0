import type { ProducerRecord } from '@millrace/core';
import type { JobContext } from '@millrace/runner';
import type { Variables } from './config.js';

/** Where a data set is loaded to. */
export interface DatasetTarget {
  append(records: readonly ProducerRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Where the results are read from. */
export interface DatasetOrigin {
  /** Rows and records by the name of their table or topic. */
  files(): Promise<Readonly<Record<string, readonly object[]>>>;
  close(): Promise<void>;
}

export async function openTarget(context: JobContext<Variables>, signal: AbortSignal): Promise<DatasetTarget> {
  return context.embedded === undefined
    ? (await import('./service-dataset.js')).serviceTarget(context, signal)
    : (await import('./embedded-dataset.js')).embeddedTarget(context.embedded, context);
}

export async function openOrigin(context: JobContext<Variables>, signal: AbortSignal): Promise<DatasetOrigin> {
  return context.embedded === undefined
    ? (await import('./service-dataset.js')).serviceOrigin(context, signal)
    : (await import('./embedded-dataset.js')).embeddedOrigin(context.embedded, context);
}
