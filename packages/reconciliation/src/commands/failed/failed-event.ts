import type { ConsumerRecord } from '@millrace/core';
import { decodeEvent, field, isObject } from '../../domain/event-text.js';
import type { JsonObject } from '../../domain/event-text.js';
import { parseRecord } from '../../domain/parse.js';

/** Where the request stood that failed. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970 UTC; null where the record had none. */
  readonly timestamp: number | null;
}

/** Why a failed event cannot be sent back: the job would only fail it again, or not know it. */
export type Unmendable = 'unparseable' | 'truncated' | 'invalid';

/** One record of the failed topic, as far as it can be read. */
export interface FailedEvent {
  readonly record: ConsumerRecord;
  readonly code: string;
  /** What went wrong, as the job said it. */
  readonly error: string;
  readonly stage: string | undefined;
  readonly attempts: number | undefined;
  /** How often the request has failed; 1 = the first time. */
  readonly rounds: number;
  readonly origin: Origin | undefined;
  /** The ids that it names; undefined where they are missing or no texts. */
  readonly userId: string | undefined;
  readonly courseId: string | undefined;
  readonly batchId: string | undefined;
  /** Undefined where the job takes it when it is sent back. */
  readonly unmendable: Unmendable | undefined;
}

/** What a failed event says of itself; undefined for the records of other jobs, which may share the topic. */
export function readFailedEvent(record: ConsumerRecord, jobName: string): FailedEvent | undefined {
  const decoded = decodeEvent(record.value);
  if (!decoded.ok || field(decoded.event, 'jobName') !== jobName) return undefined;
  const info = field(decoded.event, 'failInfo');
  if (!isObject(info)) return undefined;
  const edata = field(decoded.event, 'edata');
  const ids = isObject(edata) ? edata : {};
  return {
    record,
    code: textOf(info, 'code') ?? 'unknown',
    error: textOf(info, 'error') ?? '',
    stage: textOf(info, 'stage'),
    attempts: wholeNumber(field(info, 'attempts')),
    rounds: wholeNumber(field(info, 'rounds')) ?? 1,
    origin: originOf(info),
    userId: textOf(ids, 'userId'),
    courseId: textOf(ids, 'courseId'),
    batchId: textOf(ids, 'batchId'),
    unmendable: unmendable(record, decoded.event),
  };
}

/** By the job's own rules for a record of its input topic. */
function unmendable(record: ConsumerRecord, event: JsonObject): Unmendable | undefined {
  const { kind } = parseRecord(record);
  if (kind === 'request') return undefined;
  if (kind === 'failure') return 'invalid';
  return field(event, 'truncated') === true ? 'truncated' : 'unparseable';
}

function originOf(info: JsonObject): Origin | undefined {
  const topic = textOf(info, 'topic');
  const partition = wholeNumber(field(info, 'partition'));
  const text = textOf(info, 'offset');
  const offset = text !== undefined && /^\d{1,16}$/.test(text) ? wholeNumber(Number(text)) : undefined;
  if (topic === undefined || partition === undefined || offset === undefined) return undefined;
  return { topic, partition, offset, timestamp: wholeNumber(field(info, 'timestamp')) ?? null };
}

function textOf(object: JsonObject, name: string): string | undefined {
  const value = field(object, name);
  return typeof value === 'string' ? value : undefined;
}

function wholeNumber(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}
