import { existsSync } from 'node:fs';
import { lateSink, lateSource } from '@millrace/core';
import type { Clock, Logger } from '@millrace/core';
import { EmbeddedStore, embeddedSink, embeddedSource, embeddedStateBackend } from '@millrace/embedded';
import { outputTopicsOf } from '../platform-config.js';
import { CachedRelationStore } from '../stores/cached-relation-store.js';
import { classifyEmbeddedError } from '../stores/classify-embedded-error.js';
import { EmbeddedJobTables } from '../stores/embedded/job-tables.js';
import { EmbeddedRelationStore } from '../stores/embedded/relation-store.js';
import { MissingTopicsError, NoEmbeddedStoreError, NotConnectedError } from './errors.js';
import type { JobPlatform, JobPlatformOptions } from './job-platform.js';
import { lateRelations } from './late-stores.js';
import { sinksOf } from './sinks.js';

/** The embedded log takes records of up to 8 MiB. */
const MAX_FAILED_BYTES = 8_000_000;

/** Opens the store of an existing folder. @throws NoEmbeddedStoreError, and what the store throws */
export function openEmbedded(
  directory: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<EmbeddedStore> {
  if (!existsSync(directory)) throw new NoEmbeddedStoreError(directory);
  return EmbeddedStore.open(directory, { clock, logger });
}

/** A platform in an embedded store. */
export interface EmbeddedJobPlatform<K extends string> extends JobPlatform<K> {
  /** The store behind it. @throws NotConnectedError before `connect` */
  opened(): EmbeddedStore;
}

/** Everything in one folder. */
export function embeddedJobPlatform<K extends string>(
  directory: string,
  { config, clock, logger, topics }: JobPlatformOptions<K>,
): EmbeddedJobPlatform<K> {
  const { input, groupId, outputs } = topics;
  let store: EmbeddedStore | undefined;
  let relations: CachedRelationStore | undefined;
  const opened = (): EmbeddedStore => {
    if (store === undefined) throw new NotConnectedError(directory);
    return store;
  };
  const expirySeconds = config.get('relation.cache.expiry');
  return {
    opened,
    source: lateSource('embedded', input, () =>
      embeddedSource({
        store: opened(),
        topic: input,
        groupId,
        autoOffsetReset: config.get('kafka.auto.offset.reset'),
      }),
    ),
    sinks: sinksOf(outputs, (topic) => lateSink('embedded', topic, () => embeddedSink({ store: opened(), topic }))),
    tables: new EmbeddedJobTables(opened),
    relations: lateRelations(
      () => (relations ??= new CachedRelationStore(new EmbeddedRelationStore(opened().sets), { expirySeconds })),
    ),
    stateBackend: embeddedStateBackend({ store: opened }),
    classify: classifyEmbeddedError,
    maxFailedBytes: MAX_FAILED_BYTES,
    async connect() {
      store = await openEmbedded(directory, { clock, logger });
      const missing = [input, ...outputTopicsOf(topics)].filter((topic) => store?.log.topic(topic) === undefined);
      if (missing.length > 0) throw new MissingTopicsError(missing, store.directory);
    },
    async close() {
      relations?.close();
      await store?.close().catch((error: unknown) => {
        logger.error({ error: String(error) }, 'the embedded store did not close cleanly');
      });
    },
  };
}
