import type { CassandraSession } from '@millrace/cassandra';
import type { ProducerRecord, Sink } from '@millrace/core';
import type { KafkaConnection } from '@millrace/kafka';
import { kafkaSink, kafkaSource } from '@millrace/kafka';
import type { RedisConnection } from '@millrace/redis';
import { RedisSets } from '@millrace/redis';
import { outputTopicList, outputTopics, tableNames } from '../config.js';
import { datasetTables } from '../dataset/table-schema.js';
import type { FailedRecord } from '../domain/failed-record.js';
import { CachedCollectionStatus } from '../search/cached-collection-status.js';
import { SearchError } from '../search/errors.js';
import { SearchClient } from '../search/search-client.js';
import { CachedRelationStore } from '../stores/cached-relation-store.js';
import { CassandraActivityAggregateStore } from '../stores/cassandra/activity-aggregate-store.js';
import { CassandraConsumptionStore } from '../stores/cassandra/consumption-store.js';
import { CassandraEnrolmentStore } from '../stores/cassandra/enrolment-store.js';
import { cassandraTables } from '../stores/cassandra/tables.js';
import { classifyServiceError } from '../stores/classify-service-error.js';
import type { Stores } from '../stores/ports.js';
import { RedisRelationStore } from '../stores/redis/relation-store.js';
import { leafNodesKey } from '../stores/relation-keys.js';
import { allSettled } from './all-settled.js';
import type { PlatformOptions } from './embedded-platform.js';
import { NotConnectedError } from './errors.js';
import { lateSink, lateSource, lateStores } from './late.js';
import type { Platform } from './platform.js';
import { cassandraSession, kafkaConnection, redisConnection } from './service-connections.js';

/** Partitions that take nothing for this much longer than a retry may last are given up (see kafkaSource). */
const STALL_MARGIN_MS = 300_000;

interface Connections {
  readonly kafka: KafkaConnection;
  readonly cassandra: CassandraSession;
  readonly redis: RedisConnection;
  readonly sets: RedisSets;
  readonly stores: Stores;
  closeStores(): void;
}

/** Kafka, Cassandra, Redis and the search service, as configured. */
export function servicePlatform(options: PlatformOptions): Platform {
  const { config } = options;
  const outputs = outputTopics(config);
  const input = config.get('kafka.input.topic');
  const retryTimeoutMs = config.get('task.retry.timeout') * 1_000;
  const startupTimeoutMs = config.get('startup.timeout') * 1_000;
  let connections: Connections | undefined;
  const connected = (): Connections => {
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
      connections = connect(options);
      const { kafka, cassandra, redis, sets } = connections;
      const names = tableNames(config);
      const tables = Object.fromEntries(
        datasetTables.map((table) => [names[table.name], [...table.key, ...table.used]]),
      );
      await allSettled(signal, [
        async (both) => {
          await kafka.waitUntilReachable(startupTimeoutMs, both);
          await kafka.checkTopics([input, ...outputTopicList(config)]);
        },
        async (both) => {
          await cassandra.connect({ timeoutMs: startupTimeoutMs, signal: both });
          await cassandra.checkTables(config.get('lms-cassandra.keyspace'), tables);
        },
        async (both) => {
          await redis.connect({ timeoutMs: startupTimeoutMs, signal: both });
          await sets.checkReadable(leafNodesKey('do_0', 'do_0'));
        },
      ]);
    },
    async close() {
      if (connections === undefined) return;
      connections.closeStores();
      await Promise.allSettled([connections.kafka.close(), connections.cassandra.close(), connections.redis.close()]);
    },
  };
}

/** What a failed event becomes where the broker calls it too large; other records are never that large. */
function truncatedRecord(record: ProducerRecord): ProducerRecord | undefined {
  return 'truncated' in record ? (record as FailedRecord).truncated() : undefined;
}

function connect(options: PlatformOptions): Connections {
  const { config, clock, logger } = options;
  const cassandra = cassandraSession(options);
  const redis = redisConnection(options);
  const sets = new RedisSets(redis);
  const tables = cassandraTables(config.get('lms-cassandra.keyspace'), tableNames(config));
  const relations = new CachedRelationStore(new RedisRelationStore(sets), {
    expirySeconds: config.get('relation.cache.expiry'),
  });
  const basePath = config.get('service.search.basePath');
  const search = basePath === undefined ? undefined : new SearchClient({ basePath, clock });
  if (search === undefined) {
    logger.warn(
      {},
      'service.search.basePath is not set: requests of courses without leaf nodes fail with ERR_LEAF_NODES_MISSING, whatever the status of the course',
    );
  }
  const collections = new CachedCollectionStatus(search ?? { status: notConfigured }, {
    expirySeconds: config.get('activity.collection.status.cache.expiry'),
  });
  return {
    kafka: kafkaConnection(options),
    cassandra,
    redis,
    sets,
    stores: {
      enrolments: new CassandraEnrolmentStore(cassandra, tables.enrolments),
      consumption: new CassandraConsumptionStore(cassandra, tables.consumption),
      aggregates: new CassandraActivityAggregateStore(cassandra, {
        table: tables.aggregates,
        batchSize: config.get('threshold.batch.write.size'),
      }),
      relations,
      collections,
    },
    closeStores() {
      relations.close();
      collections.close();
      search?.close();
    },
  };
}

function notConfigured(): Promise<never> {
  return Promise.reject(new SearchError('service.search.basePath is not set'));
}
