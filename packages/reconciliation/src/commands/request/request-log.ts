import type { ProducerRecord } from '@millrace/core';
import type { PlatformOptions } from '../../platform/embedded-platform.js';
import { whileServed } from '../../platform/while-served.js';

/** The input topic, for appending. */
export interface RequestLog {
  /** Appends in order; resolves when all are durable. After an error some may be. */
  append(records: readonly ProducerRecord[]): Promise<void>;
}

export interface RequestLogOptions extends PlatformOptions {
  /** Folder of the embedded store; undefined: Kafka. */
  readonly embedded: string | undefined;
  /** Must be there. */
  readonly topic: string;
  readonly signal: AbortSignal;
}

/**
 * Connects to the log that the job is configured for, and to nothing else, for `work`.
 *
 * @throws SetupError, ServiceUnavailableError, and what `work` throws
 */
export async function withRequestLog<T>(options: RequestLogOptions, work: (log: RequestLog) => Promise<T>): Promise<T> {
  return options.embedded === undefined ? onKafka(options, work) : inStore(options.embedded, options, work);
}

/** Only the clients that are used are loaded. */
async function onKafka<T>(options: RequestLogOptions, work: (log: RequestLog) => Promise<T>): Promise<T> {
  const { InMemoryMetrics } = await import('@millrace/core');
  const { kafkaConnection } = await import('../../platform/service-connections.js');
  const { config, logger, signal, topic } = options;
  const retryTimeoutMs = config.get('startup.timeout') * 1_000;
  const kafka = kafkaConnection(options);
  try {
    await kafka.waitUntilReachable(retryTimeoutMs, signal);
    await kafka.checkTopics([topic]);
    const writer = await kafka.openWriter(topic, {
      ...{ retryTimeoutMs, logger, signal, onTooLarge: undefined, metrics: new InMemoryMetrics() },
    });
    try {
      const log: RequestLog = {
        async append(records) {
          const acknowledged = records.map(
            (record) =>
              new Promise<void>((done, failed) => {
                writer.write(record, { done, failed });
              }),
          );
          await Promise.all(acknowledged);
        },
      };
      return await whileServed(() => work(log));
    } finally {
      await writer.close();
    }
  } finally {
    await kafka.close();
  }
}

async function inStore<T>(
  directory: string,
  options: RequestLogOptions,
  work: (log: RequestLog) => Promise<T>,
): Promise<T> {
  const { openEmbedded } = await import('../../platform/embedded-job-platform.js');
  const { MissingTopicsError } = await import('../../platform/errors.js');
  const { topic } = options;
  const store = await openEmbedded(directory, options);
  try {
    if (store.log.topic(topic) === undefined) throw new MissingTopicsError([topic], store.directory);
    return await work({ append: (records) => store.log.append(topic, records) });
  } finally {
    await store.close();
  }
}
