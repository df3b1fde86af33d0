import type { Clock, Logger } from '@millrace/core';
import type { EmbeddedStore } from '@millrace/embedded';
import type { ReconciliationConfig } from '../config.js';
import { reconciliationTopics } from '../config.js';
import { datasetTables } from '../dataset/table-schema.js';
import type { TableSchema } from '../dataset/table-schema.js';
import { CachedCollectionStatus } from '../search/cached-collection-status.js';
import { CachedRelationStore } from '../stores/cached-relation-store.js';
import { EmbeddedActivityAggregateStore } from '../stores/embedded/activity-aggregate-store.js';
import { EmbeddedCollectionStatusSource } from '../stores/embedded/collection-status-source.js';
import { EmbeddedConsumptionStore } from '../stores/embedded/consumption-store.js';
import { EmbeddedEnrolmentStore } from '../stores/embedded/enrolment-store.js';
import { EmbeddedRelationStore } from '../stores/embedded/relation-store.js';
import { embeddedTables } from '../stores/embedded/tables.js';
import type { Stores } from '../stores/ports.js';
import { embeddedJobPlatform } from './embedded-job-platform.js';
import { NotConnectedError } from './errors.js';
import { lateStores } from './late-stores.js';
import type { Platform } from './platform.js';

/** What a platform is opened with. */
export interface PlatformOptions {
  readonly config: ReconciliationConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** That must be there with their `used` columns. @default those of the reconciliation job */
  readonly tables?: readonly TableSchema[];
}

/** Everything in one folder. */
export function embeddedPlatform(directory: string, options: PlatformOptions): Platform {
  const topics = reconciliationTopics(options.config);
  const platform = embeddedJobPlatform(directory, { ...options, topics, tables: options.tables ?? datasetTables });
  let stores: EmbeddedStores | undefined;
  return {
    ...platform,
    stores: lateStores(() => {
      if (stores === undefined) throw new NotConnectedError(directory);
      return stores.stores;
    }),
    async connect(signal) {
      await platform.connect(signal);
      stores = embeddedStores(platform.opened(), options.config);
    },
    async close() {
      stores?.close();
      await platform.close();
    },
  };
}

/** The job's stores in an open embedded store. */
export interface EmbeddedStores {
  readonly stores: Stores;
  /** Closes the caches, not the store. */
  close(): void;
}

/** The stores of a job in an open embedded store, with the caches that the configuration asks for. */
export function embeddedStores(store: EmbeddedStore, config: ReconciliationConfig): EmbeddedStores {
  const tables = embeddedTables(store);
  const relations = new CachedRelationStore(new EmbeddedRelationStore(store.sets), {
    expirySeconds: config.get('relation.cache.expiry'),
  });
  const collections = new CachedCollectionStatus(new EmbeddedCollectionStatusSource(tables.collections), {
    expirySeconds: config.get('activity.collection.status.cache.expiry'),
  });
  return {
    stores: {
      enrolments: new EmbeddedEnrolmentStore(tables.enrolments),
      consumption: new EmbeddedConsumptionStore(tables.consumption),
      aggregates: new EmbeddedActivityAggregateStore(tables.aggregates),
      relations,
      collections,
    },
    close() {
      relations.close();
      collections.close();
    },
  };
}
