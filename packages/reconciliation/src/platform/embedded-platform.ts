import { existsSync } from 'node:fs';
import type { Clock, Logger } from '@millrace/core';
import { lateSink, lateSource } from '@millrace/core';
import { EmbeddedStore, embeddedSink, embeddedSource } from '@millrace/embedded';
import type { ReconciliationConfig } from '../config.js';
import { outputTopicList, outputTopics } from '../config.js';
import { CachedCollectionStatus } from '../search/cached-collection-status.js';
import { CachedRelationStore } from '../stores/cached-relation-store.js';
import { classifyEmbeddedError } from '../stores/classify-embedded-error.js';
import { EmbeddedActivityAggregateStore } from '../stores/embedded/activity-aggregate-store.js';
import { EmbeddedCollectionStatusSource } from '../stores/embedded/collection-status-source.js';
import { EmbeddedConsumptionStore } from '../stores/embedded/consumption-store.js';
import { EmbeddedEnrolmentStore } from '../stores/embedded/enrolment-store.js';
import { EmbeddedRelationStore } from '../stores/embedded/relation-store.js';
import { embeddedTables } from '../stores/embedded/tables.js';
import type { Stores } from '../stores/ports.js';
import { MissingTopicsError, NoEmbeddedStoreError, NotConnectedError } from './errors.js';
import { lateStores } from './late-stores.js';
import type { Platform } from './platform.js';

/** The embedded log takes records of up to 8 MiB. */
const MAX_FAILED_BYTES = 8_000_000;

/** What a platform is opened with. */
export interface PlatformOptions {
  readonly config: ReconciliationConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Opens the store of an existing folder. @throws NoEmbeddedStoreError, and what the store throws */
export function openEmbedded(directory: string, { clock, logger }: PlatformOptions): Promise<EmbeddedStore> {
  if (!existsSync(directory)) throw new NoEmbeddedStoreError(directory);
  return EmbeddedStore.open(directory, { clock, logger });
}

/** A platform in an embedded store. */
export interface EmbeddedPlatform extends Platform {
  /** The store behind it, for the state of a job and for tables of its own. @throws NotConnectedError before `connect` */
  opened(): EmbeddedStore;
}

/** Everything in one folder. */
export function embeddedPlatform(directory: string, options: PlatformOptions): EmbeddedPlatform {
  const { config } = options;
  const outputs = outputTopics(config);
  const input = config.get('kafka.input.topic');
  let store: EmbeddedStore | undefined;
  let stores: EmbeddedStores | undefined;
  const opened = (): EmbeddedStore => {
    if (store === undefined) throw new NotConnectedError(directory);
    return store;
  };
  const sink = (topic: string) => lateSink('embedded', topic, () => embeddedSink({ store: opened(), topic }));
  return {
    opened,
    source: lateSource('embedded', input, () =>
      embeddedSource({
        store: opened(),
        topic: input,
        groupId: config.get('kafka.groupId'),
        autoOffsetReset: config.get('kafka.auto.offset.reset'),
      }),
    ),
    sinks: {
      certificates: sink(outputs.certificates),
      audit: sink(outputs.audit),
      failed: sink(outputs.failed),
    },
    stores: lateStores(() => {
      if (stores === undefined) throw new NotConnectedError(directory);
      return stores.stores;
    }),
    classify: classifyEmbeddedError,
    maxFailedBytes: MAX_FAILED_BYTES,
    async connect() {
      store = await openEmbedded(directory, options);
      const missing = [input, ...outputTopicList(config)].filter((topic) => store?.log.topic(topic) === undefined);
      if (missing.length > 0) throw new MissingTopicsError(missing, store.directory);
      stores = embeddedStores(store, config);
    },
    async close() {
      stores?.close();
      await store?.close().catch((error: unknown) => {
        options.logger.error({ error: String(error) }, 'the embedded store did not close cleanly');
      });
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
