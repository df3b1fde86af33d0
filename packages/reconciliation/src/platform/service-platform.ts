import { reconciliationTopics } from '../config.js';
import { datasetTables } from '../dataset/table-schema.js';
import type { PlatformOptions } from './embedded-platform.js';
import { NotConnectedError } from './errors.js';
import { lateStores } from './late-stores.js';
import type { Platform } from './platform.js';
import { serviceJobPlatform } from './service-job-platform.js';
import { serviceStores } from './service-stores.js';
import type { ServiceStores } from './service-stores.js';

/** Kafka, Cassandra, Redis and the search service, as configured. */
export function servicePlatform(options: PlatformOptions): Platform {
  const topics = reconciliationTopics(options.config);
  let services: ServiceStores | undefined;
  const connect = (): ServiceStores => (services = serviceStores(options));
  return {
    ...serviceJobPlatform({ ...options, topics, tables: options.tables ?? datasetTables }, connect),
    stores: lateStores(() => {
      if (services === undefined) throw new NotConnectedError('the job');
      return services.stores;
    }),
  };
}
