import { RedisSets } from '@millrace/redis';
import { tableNames } from '../config.js';
import type { DatasetOrigin, DatasetTarget } from '../dataset/ports.js';
import { userActivityAgg, userEnrolments } from '../dataset/table-schema.js';
import { ServiceDataset } from '../stores/service-dataset.js';
import { allSettled } from './all-settled.js';
import type { OpenDatasetOptions } from './open-dataset.js';
import { whileServed } from './while-served.js';
import { cassandraSession, kafkaConnection, redisConnection } from './service-connections.js';

/** Connects to Kafka, Cassandra and (for a load) Redis for `work` and disconnects. */
export async function withServices<T>(
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
    if (options.purpose === 'dump') {
      // A load checks what its files name.
      const tables = [userEnrolments, userActivityAgg].map((table) => [
        names[table.name],
        [...table.key, ...table.dumped],
      ]);
      await cassandra.checkTables(
        config.get('lms-cassandra.keyspace'),
        Object.fromEntries(tables) as Readonly<Record<string, readonly string[]>>,
      );
    }
    const dataset = new ServiceDataset({
      kafka,
      cassandra,
      sets: new RedisSets(redis),
      keyspace: config.get('lms-cassandra.keyspace'),
      tableName: (table) => names[table.name],
      now: () => clock.now(),
      retryTimeoutMs: timeoutMs,
      signal,
    });
    return await whileServed(() => work(dataset));
  } finally {
    await Promise.allSettled([kafka.close(), cassandra.close(), redis.close()]);
  }
}
