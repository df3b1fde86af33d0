import { partitionForKey } from '@millrace/core';
import type { Clock } from '@millrace/core';
import type { EnrolmentKey } from '../../domain/model.js';
import { readFailedEvent } from '../failed/failed-event.js';
import type { FailedEvent } from '../failed/failed-event.js';
import type { FailedLog, OffsetRange } from '../failed/failed-log.js';

/** Failed events of one enrolment, the newest of each partition first. */
export interface FailedOfEnrolment {
  readonly events: readonly FailedEvent[];
  /** Records that were looked at, and that the topic holds. */
  readonly read: number;
  readonly held: number;
}

export interface LookOptions {
  readonly topic: string;
  readonly jobName: string;
  readonly clock: Clock;
  /** Milliseconds after which the search ends with what it has. */
  readonly budgetMs: number;
}

/** Records that are read in one go, backwards from the end; each window is twice the one before, up to the most. */
const FIRST_WINDOW = 2_000;
const MOST_WINDOW = 64_000;
const BACKSLASH = 0x5c;

/**
 * Looks through the failed topic from its end, for as long as the budget lasts. The partition of the learner's key comes
 * first: the job keys failed events as their requests are, and these by user id.
 */
export async function failedEventsOf(
  key: EnrolmentKey,
  log: Pick<FailedLog, 'ranges' | 'read'>,
  { topic, jobName, clock, budgetMs }: LookOptions,
): Promise<FailedOfEnrolment> {
  const user = Buffer.from(key.userId, 'utf8');
  const found = { events: [] as FailedEvent[], read: 0, held: 0 };
  const deadline = clock.monotonic() + budgetMs;
  let isOver = false;
  const look = async (): Promise<void> => {
    const ranges = (await log.ranges(topic)) ?? new Map<number, OffsetRange>();
    for (const { earliest, end } of ranges.values()) found.held += end - earliest;
    const own = partitionForKey(user, Math.max(1, ranges.size));
    const partitions = [...ranges].sort(([a], [b]) => Number(b === own) - Number(a === own) || a - b);
    for (const [partition, { earliest, end }] of partitions) {
      let window = FIRST_WINDOW;
      for (let to = end; to > earliest && !isOver;) {
        const from = Math.max(earliest, to - window);
        await lookAt(partition, { earliest: from, end: to });
        to = from;
        window = Math.min(MOST_WINDOW, window * 2);
      }
    }
  };
  const lookAt = async (partition: number, range: OffsetRange): Promise<void> => {
    const events: FailedEvent[] = [];
    let read = 0;
    for await (const record of log.read(topic, partition, range)) {
      if (isOver || clock.monotonic() > deadline) {
        isOver = true;
        break;
      }
      read += 1;
      if (record.value === null || !mayName(user, record.value)) continue;
      const event = readFailedEvent(record, jobName);
      if (event !== undefined && isOf(event, key)) events.push(event);
    }
    found.events.push(...events.reverse());
    // Offsets that compaction or a transaction left empty were looked at too.
    found.read += isOver ? read : range.end - range.earliest;
  };
  await within(clock, budgetMs, look(), () => {
    isOver = true;
  });
  return { ...found, events: [...found.events] };
}

/** Most records are of somebody else; looking before parsing is ten times quicker. Escaped, an id may look otherwise. */
function mayName(user: Buffer, value: Uint8Array): boolean {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return bytes.includes(user) || bytes.includes(BACKSLASH);
}

function isOf(event: FailedEvent, key: EnrolmentKey): boolean {
  return event.userId === key.userId && event.courseId === key.courseId && event.batchId === key.batchId;
}

/** Resolves when `work` has ended or the time is over; what fails behind that is nobody's. */
function within(clock: Clock, timeoutMs: number, work: Promise<void>, giveUp: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimer(timeoutMs, () => {
      giveUp();
      resolve();
    });
    work.then(resolve, reject).finally(cancel);
  });
}
