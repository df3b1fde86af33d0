import type { ConsumerRecord, HeaderValue, RecordHeaders } from '../connector/record.js';

/** Headers of a repartition topic. What Kafka's own timestamp can say is not said twice. */
const TIME = 'millrace-time';
const FORMAT = 'millrace-format';
const PROGRESS = 'millrace-progress';

/** How far event time is at one task that writes to the topic. */
export interface Progress {
  /** The task, named by its split. */
  readonly task: string;
  /** No element of the task at or below it comes any more; `idle` where others need not wait for the task. */
  readonly watermark: number | 'idle';
}

/** @param timestamp event time of the element, undefined where it has none */
export function headersOf(
  timestamp: number | undefined,
  format: string,
  progress: Progress | undefined,
): Record<string, string> {
  const headers: Record<string, string> = { [FORMAT]: format };
  if (timestamp === undefined || !isLogTimestamp(timestamp)) headers[TIME] = String(timestamp ?? '');
  if (progress !== undefined) headers[PROGRESS] = progressHeader(progress);
  return headers;
}

/** Headers of a record that is no element and says how far a task is. */
export function progressHeaders(progress: Progress): Record<string, string> {
  return { [PROGRESS]: progressHeader(progress) };
}

/** Whether a log can keep it as its own timestamp: a whole number of milliseconds from 1970 on. */
export function isLogTimestamp(timestamp: number): boolean {
  return Number.isSafeInteger(timestamp) && timestamp >= 0;
}

/** Event time of the element in a record. */
export function eventTimeOf({ headers, timestamp }: ConsumerRecord): number | undefined {
  const text = textOf(headers, TIME);
  if (text === undefined) return timestamp;
  return text === '' ? undefined : Number(text);
}

export function formatOf({ headers }: ConsumerRecord): string | undefined {
  return textOf(headers, FORMAT);
}

export function progressOf({ headers }: ConsumerRecord): Progress | undefined {
  const text = textOf(headers, PROGRESS);
  const space = text?.indexOf(' ') ?? -1;
  if (text === undefined || space === -1) return undefined;
  const watermark = text.slice(0, space);
  return { task: text.slice(space + 1), watermark: watermark === 'idle' ? 'idle' : Number(watermark) };
}

function progressHeader({ watermark, task }: Progress): string {
  return `${String(watermark)} ${task}`;
}

function textOf(headers: RecordHeaders, name: string): string | undefined {
  const header = headers[name];
  const value = Array.isArray(header) ? (header as readonly HeaderValue[])[0] : (header as HeaderValue | undefined);
  return value === undefined || typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}
