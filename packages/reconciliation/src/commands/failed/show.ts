import { bytesField } from '../../dataset/record-line.js';
import { causeOf, leftBecause } from './causes.js';
import { NoFailedEventError } from './errors.js';
import { readFailedEvent } from './failed-event.js';
import type { Origin } from './failed-event.js';
import type { FailedLog } from './failed-log.js';
import { identityOf, ledgerTopic, ReplayLedger } from './replay-ledger.js';

/** Where an event stands in the failed topic. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** One failed event with its cause in words. */
export interface ShownEvent {
  /** `topic/partition/offset` */
  readonly event: string;
  readonly code: string;
  readonly error: string;
  readonly means: string;
  readonly remedy: string;
  /** Whether the job takes it when it is sent back; if not, why. */
  readonly canBeSentBack: boolean;
  readonly reason: string | null;
  readonly sentBack: boolean;
  /** Milliseconds since 1970 UTC. */
  readonly failedAt: number | null;
  readonly stage: string | null;
  readonly attempts: number | null;
  readonly rounds: number;
  readonly userId: string | null;
  readonly courseId: string | null;
  readonly batchId: string | null;
  /** Where the request stood. */
  readonly request: Origin | null;
  /** Key and value of the record, as text or, under `keyBase64` and `valueBase64`, as bytes. */
  readonly record: Readonly<Record<string, string | null>>;
}

/** `0:17` or `0/17`; undefined for what is none. */
export function parsePlace(text: string): Place | undefined {
  const match = /^(\d{1,6})[:/](\d{1,15})$/.exec(text);
  return match === null ? undefined : { partition: Number(match[1]), offset: Number(match[2]) };
}

/** @throws NoFailedEventError */
export async function showFailed(
  log: FailedLog,
  topic: string,
  { partition, offset }: Place,
  jobName: string,
): Promise<ShownEvent> {
  const name = `${String(partition)}:${String(offset)}`;
  const range = (await log.ranges(topic))?.get(partition);
  if (range === undefined) throw new NoFailedEventError(topic, name, 'it has no such partition');
  if (offset < range.earliest || offset >= range.end) {
    const held = range.end > range.earliest ? `${String(range.earliest)} to ${String(range.end - 1)}` : 'nothing';
    throw new NoFailedEventError(topic, name, `partition ${String(partition)} holds ${held}`);
  }
  for await (const record of log.read(topic, partition, { earliest: offset, end: offset + 1 })) {
    const event = readFailedEvent(record, jobName);
    if (event === undefined) throw new NoFailedEventError(topic, name, 'the record there is not one of this job');
    const ledger = new ReplayLedger(ledgerTopic(topic));
    await ledger.refresh(log);
    const { code, error, stage = null, attempts = null, rounds, origin = null, unmendable } = event;
    const { userId = null, courseId = null, batchId = null } = event;
    return {
      event: `${topic}/${String(partition)}/${String(offset)}`,
      ...{ code, error, ...causeOf(code) },
      canBeSentBack: unmendable === undefined,
      reason: unmendable === undefined ? null : leftBecause[unmendable],
      sentBack: ledger.has(identityOf(event)),
      failedAt: record.timestamp ?? null,
      ...{ stage, attempts, rounds, userId, courseId, batchId },
      request: origin,
      record: { ...bytesField('key', record.key), ...bytesField('value', record.value) },
    };
  }
  throw new NoFailedEventError(topic, name, 'the log has no record there');
}
