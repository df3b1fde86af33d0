import { isUtf8 } from 'node:buffer';
import type { ConsumerRecord, HeaderValue } from '@millrace/core';
import { AUDIT_PID } from '../domain/output-events.js';
import { isObject } from './cell.js';

/** A record as a line of JSON. Text stays text; bytes that are no UTF-8 become base64. */
export function recordLine(record: ConsumerRecord): string {
  return JSON.stringify({
    topic: record.topic,
    partition: record.partition,
    offset: String(record.offset),
    ...bytesField('key', record.key),
    headers: headersOf(record),
    timestamp: record.timestamp ?? null,
    ...bytesField('value', record.value),
  });
}

/** Judges records of the telemetry topic: whether they are audit events of one of these types, of this kind of job. */
export function ownAudits(...types: readonly string[]): (record: ConsumerRecord) => boolean {
  return (record) => {
    if (record.value === null || !isUtf8(record.value)) return false;
    const text = textOf(record.value);
    // Most of a shared topic is something else; looking before parsing is ten times quicker.
    if (!types.some((type) => text.includes(type))) return false;
    let event: unknown;
    try {
      event = JSON.parse(text);
    } catch {
      return false;
    }
    const type = property(event, 'edata', 'type');
    return types.some((own) => type === own) && property(event, 'context', 'pdata', 'pid') === AUDIT_PID;
  };
}

function property(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (!isObject(current) || !Object.hasOwn(current, name)) return undefined;
    current = current[name];
  }
  return current;
}

/** `key` or `keyBase64`, and likewise for other names. */
export function bytesField(name: string, bytes: Uint8Array | null): Record<string, string | null> {
  if (bytes === null) return { [name]: null };
  return isUtf8(bytes) ? { [name]: textOf(bytes) } : { [`${name}Base64`]: base64Of(bytes) };
}

function headersOf(record: ConsumerRecord): Record<string, unknown> {
  const headers: [string, unknown][] = [];
  for (const [name, value] of Object.entries(record.headers)) {
    if (value === undefined) continue;
    headers.push([name, isRepeated(value) ? value.map(headerValue) : headerValue(value)]);
  }
  return Object.fromEntries(headers);
}

function isRepeated(value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] {
  return Array.isArray(value);
}

function headerValue(value: HeaderValue): unknown {
  if (typeof value === 'string') return value;
  return isUtf8(value) ? textOf(value) : { base64: base64Of(value) };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
