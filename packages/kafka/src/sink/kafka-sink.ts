import type { ProducerRecord, Sink } from '@millrace/core';
import { KafkaOptionsError } from '../errors.js';
import { DEFAULT_RETRY_TIMEOUT_MS, type KafkaSinkOptions } from './options.js';

/**
 * A sink that appends records to a Kafka topic and acknowledges each when all in-sync replicas have it.
 *
 * At least once: a request that timed out may have been carried out, and is sent again. Records of one key (or one
 * partition) become durable in the order of the calls, over retries too. One request is in flight per connection; what
 * arrives meanwhile waits and goes into the next one, at most 1,000 records and 512 KiB per partition.
 *
 * @throws from `open`: {MissingTopicError}, {KafkaAccessError}, ServiceUnavailableError when no broker answers in time
 */
export function kafkaSink(options: KafkaSinkOptions): Sink<ProducerRecord> {
  const { connection, topic, retryTimeoutMs = DEFAULT_RETRY_TIMEOUT_MS, openTimeoutMs = 60_000, onTooLarge } = options;
  if (topic === '') throw new KafkaOptionsError('kafkaSink: topic must not be empty');
  if (!(retryTimeoutMs >= 0)) {
    throw new KafkaOptionsError(`kafkaSink: retryTimeoutMs is ${String(retryTimeoutMs)}, it must be 0 or more`);
  }
  return {
    kind: 'kafka',
    description: topic,
    async open(host) {
      // An attempt that begins in an outage waits for its end, and does not cost another restart.
      await connection.waitUntilReachable(openTimeoutMs, host.signal);
      return await connection.openWriter(topic, {
        retryTimeoutMs,
        onTooLarge,
        logger: host.logger,
        metrics: host.metrics,
        signal: host.signal,
      });
    },
  };
}
