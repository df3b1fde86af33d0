import { type Clock, SetupError, sleep } from '@millrace/core';
import { isOutage, protocolErrorType } from '../error-kind.js';

/** What brokers answer while leaders and coordinators move, or a topic is a moment old: soon it is over. */
const TRANSIENT = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_CONTROLLER',
]);
/** What they answer while a coordinator reads its part of the offsets: as long as an outage, and part of one. */
const COORDINATOR = new Set(['GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR_FOR_GROUP']);
const ATTEMPTS = 6;
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 1_600;
/** Until the cluster has noticed that a broker is gone (9 s by default) its partitions lead to nobody. */
const OUTAGE_PATIENCE_MS = 15_000;

/**
 * Calls `work` again while brokers settle among themselves: six times in about three seconds; for 15 s where one of them
 * cannot be reached or a coordinator is not ready, because the others take its place.
 */
export async function retryTransient<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  const begun = clock.monotonic();
  // Counted apart: tries that an outage used up are none of those that a leader which is being chosen gets behind it.
  let moved = 0;
  let away = 0;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      // A certificate that was not accepted looks like a broker that is not there.
      if (error instanceof SetupError) throw error;
      const type = protocolErrorType(error) ?? '';
      const isOutageLike = COORDINATOR.has(type) || isOutage(error) || isMetadataMissing(error);
      const isMoving = TRANSIENT.has(type);
      const tries = isMoving ? ++moved : ++away;
      const mayPass = isMoving ? moved < ATTEMPTS : isOutageLike && clock.monotonic() - begun < OUTAGE_PATIENCE_MS;
      if (!mayPass) throw error;
      await sleep(clock, Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1)));
    }
  }
}

/** kafkajs forgets why no broker answered a question for metadata (BrokerPool.withBroker) and reads from null instead. */
export function isMetadataMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === 'TypeError' &&
    /null \(reading 'topicMetadata'\)|'(brokers|clusterId|controllerId|topicMetadata)' of .* as it is null/.test(
      error.message,
    )
  );
}
