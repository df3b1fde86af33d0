import { MillraceError, ServiceLostError, SetupError } from '@millrace/core';

/** Codes of the connectors for a service that gave no answer, or none that can be used. */
const LOST = new Set([
  'ERR_CASSANDRA_QUERY',
  'ERR_KAFKA_READ',
  'ERR_KAFKA_WRITE',
  'ERR_REDIS_COMMAND',
  'ERR_REDIS_UNAVAILABLE',
]);

/**
 * Runs the work of a command on services that are connected. The job waits for a service that goes away; a command ends,
 * and says which one it was.
 *
 * @throws ServiceLostError where a service is to blame, else what `work` throws
 */
export async function whileServed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isLost(error) ? new ServiceLostError(error) : error;
  }
}

/** Itself, or what it was caused by. */
function isLost(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof SetupError) return false;
  return saysLost(error) || isLost(error.cause);
}

function saysLost(error: Error): boolean {
  // Errors of kafkajs come as they are where a description or the offsets of a topic are asked for.
  if (!(error instanceof MillraceError)) return error.name.startsWith('KafkaJS');
  return LOST.has(error.code) && (error as { readonly kind?: unknown }).kind !== 'event';
}
