import type { Clock } from '@millrace/core';
import type { EnrolmentKey } from '../../domain/model.js';
import type { Pace } from '../pace.js';
import type { RequestLog } from './request-log.js';
import { syncEvent } from './sync-event.js';

export interface SendOptions {
  readonly clock: Clock;
  readonly pace: Pace;
  /** Requests that are appended together. */
  readonly groupSize: number;
  /** Enrolments at the beginning that were sent before. */
  readonly skip: number;
  /** Names each event. */
  readonly uuid: () => string;
  /** Called when so many are durable, those before this call included. */
  readonly onSent: (sent: number) => void;
}

/**
 * Sends a sync request for each enrolment, in order, keyed by userId and stamped with the time of sending. Resolves when
 * all are durable.
 *
 * @throws what the log throws, and the pace's reason to stop
 */
export async function sendRequests(
  enrolments: AsyncIterable<readonly EnrolmentKey[]>,
  log: RequestLog,
  { clock, pace, groupSize, skip, uuid, onSent }: SendOptions,
): Promise<void> {
  let sent = 0;
  let left = skip;
  for await (const keys of enrolments) {
    const wanted = keys.slice(Math.min(left, keys.length));
    left -= keys.length - wanted.length;
    for (let start = 0; start < wanted.length; start += groupSize) {
      const group = wanted.slice(start, start + groupSize);
      await pace.take(group.length);
      const time = clock.now();
      await log.append(group.map((key) => ({ key: key.userId, value: syncEvent(key, time, uuid()), timestamp: time })));
      sent += group.length;
      onSent(sent);
    }
  }
}
