import type { ConsumerRecord, ProducerRecord } from '@millrace/core';
import type { Failure } from './codes.js';
import { decodeEvent, field, isObject } from './event-text.js';
import type { JsonObject } from './event-text.js';
import { withMembers } from './json-members.js';
import { shorten, utf8Length } from './text.js';

/** How failed events are written. */
export interface FailedRecordOptions {
  readonly jobName: string;
  /** Largest failed record in bytes, key and headers included; a larger one is truncated. At least 262,144. */
  readonly maxBytes: number;
}

/** A record for the failed topic; a sink whose broker calls it too large writes `truncated()` in its place. */
export interface FailedRecord extends ProducerRecord {
  readonly key: Uint8Array | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The same failure with the first 64 KiB of the input in the place of its fields. */
  truncated(): ProducerRecord;
}

/** What is kept of an input that is too large, and of its key. */
const KEPT_BYTES = 65_536;
const MAX_ERROR_LENGTH = 1_000;

/** Makes the failed event of one input record: its own fields, or its bytes where it has none, and what went wrong. */
export function failedRecord(input: ConsumerRecord, failure: Failure, options: FailedRecordOptions): FailedRecord {
  const decoded = decodeEvent(input.value);
  const info = failInfo(input, failure, decoded.ok ? roundsBefore(decoded.event) : 0);
  const headers = headersOf(info);
  const added = new Map([
    ['jobName', JSON.stringify(options.jobName)],
    ['failInfo', JSON.stringify(info)],
  ]);
  const truncated = (): ProducerRecord => {
    const fields = {
      rawValue: base64(input.value?.subarray(0, KEPT_BYTES)),
      truncated: true,
      bytes: input.value?.length ?? 0,
    };
    const key = (input.key?.length ?? 0) > KEPT_BYTES ? null : input.key;
    return { key, value: withMembers(JSON.stringify(fields), added), headers };
  };
  const text = decoded.ok ? decoded.text : JSON.stringify({ rawValue: base64(input.value ?? undefined) });
  const whole = { key: input.key, value: withMembers(text, added), headers };
  const record = sizeOf(whole) > options.maxBytes ? truncated() : whole;
  return { ...(record as typeof whole), truncated };
}

interface FailInfo {
  readonly code: string;
  readonly error: string;
  readonly stage: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly timestamp: number | null;
  readonly attempts: number;
  readonly rounds: number;
}

function failInfo(input: ConsumerRecord, failure: Failure, rounds: number): FailInfo {
  return {
    code: failure.code,
    error: shorten(failure.error, MAX_ERROR_LENGTH),
    stage: failure.stage,
    topic: input.topic,
    partition: input.partition,
    offset: String(input.offset),
    timestamp: input.timestamp ?? null,
    attempts: failure.attempts,
    rounds: rounds + 1,
  };
}

/** How often the event failed before, by the failInfo that it brings along when it is sent again. */
function roundsBefore(event: JsonObject): number {
  const earlier = field(event, 'failInfo');
  const rounds = isObject(earlier) ? field(earlier, 'rounds') : undefined;
  return Number.isSafeInteger(rounds) && (rounds as number) >= 1 ? (rounds as number) : 0;
}

function headersOf(info: FailInfo): Readonly<Record<string, string>> {
  return {
    'millrace.error.code': info.code,
    'millrace.error.message': info.error,
    'millrace.error.stage': info.stage,
    'millrace.error.topic': info.topic,
    'millrace.error.partition': String(info.partition),
    'millrace.error.offset': info.offset,
    ...(info.timestamp === null ? {} : { 'millrace.error.timestamp': String(info.timestamp) }),
    'millrace.error.attempts': String(info.attempts),
    'millrace.error.rounds': String(info.rounds),
  };
}

function sizeOf(record: { key: Uint8Array | null; value: string; headers: Readonly<Record<string, string>> }): number {
  let size = (record.key?.length ?? 0) + utf8Length(record.value);
  for (const [name, value] of Object.entries(record.headers)) size += utf8Length(name) + utf8Length(value);
  return size;
}

function base64(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
