import type { ConsumerRecord } from '@millrace/core';

/** A learner opened, used or finished a content of a course. */
export interface ConsumptionEvent {
  readonly userId: string;
  readonly courseId: string;
  readonly contentId: string;
  /** When it happened, milliseconds since 1970 UTC. */
  readonly ets: number;
}

const decoder = new TextDecoder();

/**
 * Reads `{"userid","courseid","contentid","ets"}`, the columns of a row of consumption with the time of the event.
 *
 * @throws Error that says what is wrong
 */
export function parseConsumptionEvent(record: ConsumerRecord): ConsumptionEvent {
  if (record.value === null) throw new Error('a record without a value');
  const event = JSON.parse(decoder.decode(record.value)) as unknown;
  if (typeof event !== 'object' || event === null) throw new Error('no JSON object');
  const { userid, courseid, contentid, ets } = event as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries({ userid, courseid, contentid })) {
    if (typeof value !== 'string' || value.trim() === '') throw new Error(`${name} must be a text`);
  }
  if (typeof ets !== 'number' || !Number.isSafeInteger(ets) || ets < 0) throw new Error('ets must be milliseconds');
  return { userId: userid as string, courseId: courseid as string, contentId: contentid as string, ets };
}
