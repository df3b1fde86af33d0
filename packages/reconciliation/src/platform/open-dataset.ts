import { EmbeddedStore } from '@millrace/embedded';
import { RedisSets } from '@millrace/redis';
import { tableNames } from '../config.js';
import type { DatasetOrigin, DatasetTarget } from '../dataset/ports.js';
import { EmbeddedDataset } from '../stores/embedded/dataset.js';
import { ServiceDataset } from '../stores/service-dataset.js';
import { allSettled } from './all-settled.js';
import type { PlatformOptions } from './embedded-platform.js';
import { openEmbedded } from './embedded-platform.js';
import { cassandraSession, kafkaConnection, redisConnection } from './service-connections.js';

export interface OpenDatasetOptions extends PlatformOptions {
  /** Folder of the embedded store; undefined: services. */
  readonly embedded: string | undefined;
  /** `load` makes the folder of an embedded store and needs the relation cache, `dump` neither. */
  readonly purpose: 'load' | 'dump';
  readonly signal: AbortSignal;
}

/**
 * Connects to what the job is configured for, lets `work` load or dump, and disconnects.
 *
 * @throws SetupError, ServiceUnavailableError, and what `work` throws
 */
export function withDataset<T>(
  options: OpenDatasetOptions,
  work: (dataset: DatasetTarget & DatasetOrigin) => Promise<T>,
): Promise<T> {
  return options.embedded === undefined ? withServices(options, work) : withEmbedded(options.embedded, options, work);
}

async function withEmbedded<T>(
  directory: string,
  options: OpenDatasetOptions,
  work: (dataset: DatasetTarget & DatasetOrigin) => Promise<T>,
): Promise<T> {
  const { clock, logger } = options;
  const store =
    options.purpose === 'load'
      ? await EmbeddedStore.open(directory, { clock, logger })
      : await openEmbedded(directory, options);
  try {
    return await work(new EmbeddedDataset(store, () => clock.now()));
  } finally {
    await store.close();
  }
}

async function withServices<T>(
  options: OpenDatasetOptions,
  work: (dataset: DatasetTarget & DatasetOrigin) => Promise<T>,
): Promise<T> {
  const { config, clock, signal } = options;
  const kafka = kafkaConnection(options);
  const cassandra = cassandraSession(options);
  const redis = redisConnection(options);
  const timeoutMs = config.get('startup.timeout') * 1_000;
  const names = tableNames(config);
  try {
    await allSettled(signal, [
      (both) => kafka.waitUntilReachable(timeoutMs, both),
      (both) => cassandra.connect({ timeoutMs, signal: both }),
      ...(options.purpose === 'load' ? [(both: AbortSignal) => redis.connect({ timeoutMs, signal: both })] : []),
    ]);
    return await work(
      new ServiceDataset({
        kafka,
        cassandra,
        sets: new RedisSets(redis),
        keyspace: config.get('lms-cassandra.keyspace'),
        tableName: (table) => names[table.name],
        now: () => clock.now(),
        retryTimeoutMs: timeoutMs,
        signal,
      }),
    );
  } finally {
    await Promise.allSettled([kafka.close(), cassandra.close(), redis.close()]);
  }
}
