import type { CassandraSession } from '@millrace/cassandra';
import type { KafkaConnection } from '@millrace/kafka';
import type { RedisConnection } from '@millrace/redis';
import { RedisSets } from '@millrace/redis';
import { tableNames } from '../config.js';
import { datasetTables } from '../dataset/table-schema.js';
import { CachedCollectionStatus } from '../search/cached-collection-status.js';
import { SearchError } from '../search/errors.js';
import { SearchClient } from '../search/search-client.js';
import type { SearchClientOptions } from '../search/search-client.js';
import { CachedRelationStore } from '../stores/cached-relation-store.js';
import { CassandraActivityAggregateStore } from '../stores/cassandra/activity-aggregate-store.js';
import { CassandraConsumptionStore } from '../stores/cassandra/consumption-store.js';
import { CassandraEnrolmentStore } from '../stores/cassandra/enrolment-store.js';
import { cassandraTables } from '../stores/cassandra/tables.js';
import type { Stores } from '../stores/ports.js';
import { RedisRelationStore } from '../stores/redis/relation-store.js';
import { leafNodesKey } from '../stores/relation-keys.js';
import { allSettled } from './all-settled.js';
import type { PlatformOptions } from './embedded-platform.js';
import { cassandraSession, kafkaConnection, redisConnection } from './service-connections.js';

/** How patient the search service is asked. @default the search client's */
export type SearchPatience = Pick<SearchClientOptions, 'timeoutMs' | 'retryDelaysMs'>;

/** The services and what the job reads and writes there. */
export interface ServiceStores {
  readonly kafka: KafkaConnection;
  readonly cassandra: CassandraSession;
  readonly redis: RedisConnection;
  readonly sets: RedisSets;
  readonly stores: Stores;
  /** Never rejects. */
  close(): Promise<void>;
}

/** Makes the clients; nothing is connected yet. @throws SetupError for a certificate file or credentials that cannot work */
export function serviceStores(options: PlatformOptions, patience: SearchPatience = {}): ServiceStores {
  const { config, clock, logger } = options;
  const kafka = kafkaConnection(options);
  const cassandra = cassandraSession(options);
  const redis = redisConnection(options);
  const sets = new RedisSets(redis);
  const tables = cassandraTables(config.get('lms-cassandra.keyspace'), tableNames(config));
  const relations = new CachedRelationStore(new RedisRelationStore(sets), {
    expirySeconds: config.get('relation.cache.expiry'),
  });
  const basePath = config.get('service.search.basePath');
  const search = basePath === undefined ? undefined : new SearchClient({ basePath, clock, ...patience });
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
    ...{ kafka, cassandra, redis, sets },
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
    async close() {
      relations.close();
      collections.close();
      search?.close();
      await Promise.allSettled([kafka.close(), cassandra.close(), redis.close()]);
    },
  };
}

/**
 * Connects, and checks that the topics, the tables and the columns that the job uses are there.
 *
 * @throws SetupError with one line for all that is missing, ServiceUnavailableError after `startup.timeout`
 */
export async function reachServices(
  { kafka, cassandra, redis, sets }: ServiceStores,
  { config }: Pick<PlatformOptions, 'config'>,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const timeoutMs = config.get('startup.timeout') * 1_000;
  const names = tableNames(config);
  const tables = Object.fromEntries(datasetTables.map((table) => [names[table.name], [...table.key, ...table.used]]));
  await allSettled(signal, [
    async (both) => {
      await kafka.waitUntilReachable(timeoutMs, both);
      await kafka.checkTopics(topics);
    },
    async (both) => {
      await cassandra.connect({ timeoutMs, signal: both });
      await cassandra.checkTables(config.get('lms-cassandra.keyspace'), tables);
    },
    async (both) => {
      await redis.connect({ timeoutMs, signal: both });
      await sets.checkReadable(leafNodesKey('do_0', 'do_0'));
    },
  ]);
}

function notConfigured(): Promise<never> {
  return Promise.reject(new SearchError('service.search.basePath is not set'));
}
