import { tableNames } from '../config.js';
import { CachedCollectionStatus } from '../search/cached-collection-status.js';
import { SearchError } from '../search/errors.js';
import { LateSearchClient } from '../search/late-search-client.js';
import type { SearchClientOptions } from '../search/search-client.js';
import { CachedRelationStore } from '../stores/cached-relation-store.js';
import { CassandraActivityAggregateStore } from '../stores/cassandra/activity-aggregate-store.js';
import { CassandraConsumptionStore } from '../stores/cassandra/consumption-store.js';
import { CassandraEnrolmentStore } from '../stores/cassandra/enrolment-store.js';
import { cassandraTables } from '../stores/cassandra/tables.js';
import type { Stores } from '../stores/ports.js';
import { RedisRelationStore } from '../stores/redis/relation-store.js';
import type { PlatformOptions } from './embedded-platform.js';
import { serviceConnections } from './service-connections.js';
import type { ServiceConnections } from './service-connections.js';

/** How patient the search service is asked. @default the search client's */
export type SearchPatience = Pick<SearchClientOptions, 'timeoutMs' | 'retryDelaysMs'>;

/** The services and what the job reads and writes there. */
export interface ServiceStores extends ServiceConnections {
  readonly stores: Stores;
}

/** Makes the clients; nothing is connected yet. @throws SetupError for a certificate file or credentials that cannot work */
export function serviceStores(options: PlatformOptions, patience: SearchPatience = {}): ServiceStores {
  const { config, clock, logger } = options;
  const connections = serviceConnections(options);
  const { cassandra, sets } = connections;
  const tables = cassandraTables(config.get('lms-cassandra.keyspace'), tableNames(config));
  const relations = new CachedRelationStore(new RedisRelationStore(sets), {
    expirySeconds: config.get('relation.cache.expiry'),
  });
  const basePath = config.get('service.search.basePath');
  const search = basePath === undefined ? undefined : new LateSearchClient({ basePath, clock, ...patience });
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
    ...connections,
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
      await connections.close();
    },
  };
}

function notConfigured(): Promise<never> {
  return Promise.reject(new SearchError('service.search.basePath is not set'));
}
