import { cqlTable } from '@millrace/cassandra';
import { lateSink, lateSource, lateStateBackend } from '@millrace/core';
import type { ProducerRecord, StateBackend } from '@millrace/core';
import { kafkaSink, kafkaSource } from '@millrace/kafka';
import { redisStateBackend } from '@millrace/redis';
import type { FailedRecord } from '../domain/failed-record.js';
import { outputTopicsOf, tableName } from '../platform-config.js';
import { CachedRelationStore } from '../stores/cached-relation-store.js';
import { CassandraJobTables } from '../stores/cassandra/job-tables.js';
import { classifyServiceError } from '../stores/classify-service-error.js';
import { RedisRelationStore } from '../stores/redis/relation-store.js';
import { NotConnectedError } from './errors.js';
import type { JobPlatform, JobPlatformOptions } from './job-platform.js';
import { lateRelations } from './late-stores.js';
import { connectServices, redisOptions, serviceConnections } from './service-connections.js';
import type { ServiceConnections } from './service-connections.js';
import { sinksOf } from './sinks.js';

/** Partitions that take nothing for this much longer than a retry may last are given up (see kafkaSource). */
const STALL_MARGIN_MS = 300_000;

/**
 * Kafka, Cassandra and Redis, as configured.
 *
 * @param connect makes the clients
 */
export function serviceJobPlatform<K extends string>(
  options: JobPlatformOptions<K>,
  connect: () => ServiceConnections = () => serviceConnections(options),
): JobPlatform<K> {
  const { config, topics, tables } = options;
  const { input, groupId, outputs } = topics;
  const retryTimeoutMs = config.get('task.retry.timeout') * 1_000;
  const startupTimeoutMs = config.get('startup.timeout') * 1_000;
  const expirySeconds = config.get('relation.cache.expiry');
  let connections: ServiceConnections | undefined;
  let relations: CachedRelationStore | undefined;
  let state: StateBackend | undefined;
  const connected = (): ServiceConnections => {
    if (connections === undefined) throw new NotConnectedError('the job');
    return connections;
  };
  return {
    source: lateSource('kafka', input, () =>
      kafkaSource({
        connection: connected().kafka,
        topics: [input],
        groupId,
        autoOffsetReset: config.get('kafka.auto.offset.reset'),
        stallTimeoutMs: Math.max(900_000, retryTimeoutMs + STALL_MARGIN_MS),
        ...(startupTimeoutMs > 0 ? { openTimeoutMs: startupTimeoutMs } : {}),
      }),
    ),
    sinks: sinksOf(outputs, (topic) =>
      lateSink('kafka', topic, () =>
        kafkaSink({ connection: connected().kafka, topic, retryTimeoutMs, onTooLarge: truncatedRecord }),
      ),
    ),
    tables: new CassandraJobTables(
      () => connected().cassandra,
      (table) => cqlTable(config.get('lms-cassandra.keyspace'), tableName(config, table)),
    ),
    relations: lateRelations(
      () => (relations ??= new CachedRelationStore(new RedisRelationStore(connected().sets), { expirySeconds })),
    ),
    stateBackend: lateStateBackend(
      () =>
        (state ??= redisStateBackend({
          connection: redisOptions(options, 'redis.database.state.id'),
          // Installations that share a Redis keep apart, as their topics do.
          keyPrefix: `millrace:${config.get('env')}:`,
          clock: options.clock,
        })),
    ),
    classify: classifyServiceError,
    maxFailedBytes: Number.POSITIVE_INFINITY,
    async connect(signal) {
      connections = connect();
      await connectServices(connections, config, { topics: [input, ...outputTopicsOf(topics)], tables }, signal);
    },
    async close() {
      relations?.close();
      await state?.close?.().catch(() => undefined);
      await connections?.close();
    },
  };
}

/** What a failed event becomes where the broker calls it too large; other records are never that large. */
function truncatedRecord(record: ProducerRecord): ProducerRecord | undefined {
  return 'truncated' in record ? (record as FailedRecord).truncated() : undefined;
}
