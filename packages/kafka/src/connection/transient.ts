import { type Clock, sleep } from '@millrace/core';
import { protocolErrorType } from '../error-kind.js';

/** What brokers answer while leaders and coordinators move, or a topic is a moment old: soon it is over. */
const TRANSIENT = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'NOT_CONTROLLER',
]);
const ATTEMPTS = 6;
const FIRST_WAIT_MS = 100;

/** Calls `work` again while brokers settle among themselves: six times in about three seconds. */
export async function retryTransient<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !TRANSIENT.has(protocolErrorType(error) ?? '')) throw error;
      await sleep(clock, FIRST_WAIT_MS * 2 ** (attempt - 1));
    }
  }
}
