import { lateSink, lateSource } from '@millrace/core';
import type { ProducerRecord, Sink } from '@millrace/core';
import { kafkaSink, kafkaSource } from '@millrace/kafka';
import { outputTopicList, outputTopics } from '../config.js';
import type { FailedRecord } from '../domain/failed-record.js';
import { classifyServiceError } from '../stores/classify-service-error.js';
import type { PlatformOptions } from './embedded-platform.js';
import { NotConnectedError } from './errors.js';
import { lateStores } from './late-stores.js';
import type { Platform } from './platform.js';
import { reachServices, serviceStores } from './service-stores.js';
import type { ServiceStores } from './service-stores.js';

/** Partitions that take nothing for this much longer than a retry may last are given up (see kafkaSource). */
const STALL_MARGIN_MS = 300_000;

/** Kafka, Cassandra, Redis and the search service, as configured. */
export function servicePlatform(options: PlatformOptions): Platform {
  const { config } = options;
  const outputs = outputTopics(config);
  const input = config.get('kafka.input.topic');
  const retryTimeoutMs = config.get('task.retry.timeout') * 1_000;
  const startupTimeoutMs = config.get('startup.timeout') * 1_000;
  let connections: ServiceStores | undefined;
  const connected = (): ServiceStores => {
    if (connections === undefined) throw new NotConnectedError('the job');
    return connections;
  };
  const sink = (topic: string): Sink<ProducerRecord> =>
    lateSink('kafka', topic, () =>
      kafkaSink({ connection: connected().kafka, topic, retryTimeoutMs, onTooLarge: truncatedRecord }),
    );
  return {
    source: lateSource('kafka', input, () =>
      kafkaSource({
        connection: connected().kafka,
        topics: [input],
        groupId: config.get('kafka.groupId'),
        autoOffsetReset: config.get('kafka.auto.offset.reset'),
        stallTimeoutMs: Math.max(900_000, retryTimeoutMs + STALL_MARGIN_MS),
        ...(startupTimeoutMs > 0 ? { openTimeoutMs: startupTimeoutMs } : {}),
      }),
    ),
    sinks: {
      certificates: sink(outputs.certificates),
      audit: sink(outputs.audit),
      failed: sink(outputs.failed),
    },
    stores: lateStores(() => connected().stores),
    classify: classifyServiceError,
    maxFailedBytes: Number.POSITIVE_INFINITY,
    async connect(signal) {
      connections = serviceStores(options);
      await reachServices(connections, options, [input, ...outputTopicList(config)], signal);
    },
    async close() {
      await connections?.close();
    },
  };
}

/** What a failed event becomes where the broker calls it too large; other records are never that large. */
function truncatedRecord(record: ProducerRecord): ProducerRecord | undefined {
  return 'truncated' in record ? (record as FailedRecord).truncated() : undefined;
}
