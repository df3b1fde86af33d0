import type { ReconciliationConfig } from '../../config.js';
import type { PlatformOptions } from '../../platform/embedded-platform.js';
import { whileServed } from '../../platform/while-served.js';
import type { FailedLog } from './failed-log.js';

export interface FailedLogContext extends PlatformOptions {
  readonly config: ReconciliationConfig;
  /** Folder of the embedded store; undefined: Kafka. */
  readonly embedded: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Connects to the log that the job is configured for, and to nothing else, for `work`.
 *
 * @param topics that must be there
 * @throws SetupError, ServiceUnavailableError, and what `work` throws
 */
export async function withFailedLog<T>(
  context: FailedLogContext,
  topics: readonly string[],
  work: (log: FailedLog) => Promise<T>,
): Promise<T> {
  return context.embedded === undefined
    ? onKafka(context, topics, work)
    : inStore(context.embedded, context, topics, work);
}

/** Only the clients that are used are loaded. */
async function onKafka<T>(
  context: FailedLogContext,
  topics: readonly string[],
  work: (log: FailedLog) => Promise<T>,
): Promise<T> {
  const { kafkaConnection } = await import('../../platform/service-connections.js');
  const { KafkaFailedLog } = await import('./kafka-failed-log.js');
  const { config, signal } = context;
  const retryTimeoutMs = config.get('startup.timeout') * 1_000;
  const kafka = kafkaConnection(context);
  try {
    await kafka.waitUntilReachable(retryTimeoutMs, signal);
    await kafka.checkTopics(topics);
    return await whileServed(() => work(new KafkaFailedLog(kafka, { retryTimeoutMs, signal })));
  } finally {
    await kafka.close();
  }
}

async function inStore<T>(
  directory: string,
  context: FailedLogContext,
  topics: readonly string[],
  work: (log: FailedLog) => Promise<T>,
): Promise<T> {
  const { openEmbedded } = await import('../../platform/embedded-job-platform.js');
  const { MissingTopicsError } = await import('../../platform/errors.js');
  const { EmbeddedFailedLog } = await import('./embedded-failed-log.js');
  const store = await openEmbedded(directory, context);
  try {
    const missing = topics.filter((topic) => store.log.topic(topic) === undefined);
    if (missing.length > 0) throw new MissingTopicsError(missing, store.directory);
    return await work(new EmbeddedFailedLog(store));
  } finally {
    await store.close();
  }
}
