import type { DatasetOrigin, DatasetTarget } from '../dataset/ports.js';
import { tableName } from '../platform-config.js';
import { ServiceDataset } from '../stores/service-dataset.js';
import { allSettled } from './all-settled.js';
import type { OpenDatasetOptions } from './open-dataset.js';
import { serviceConnections } from './service-connections.js';
import { whileServed } from './while-served.js';

/** Connects to Kafka, Cassandra and (for a load) Redis for `work` and disconnects. */
export async function withServices<T>(
  options: OpenDatasetOptions,
  work: (dataset: DatasetTarget & DatasetOrigin) => Promise<T>,
): Promise<T> {
  const { config, clock, signal, purpose } = options;
  const connections = serviceConnections(options);
  const { kafka, cassandra, redis, sets } = connections;
  const timeoutMs = config.get('startup.timeout') * 1_000;
  const keyspace = config.get('lms-cassandra.keyspace');
  try {
    await allSettled(signal, [
      (both) => kafka.waitUntilReachable(timeoutMs, both),
      (both) => cassandra.connect({ timeoutMs, signal: both }),
      ...(purpose === 'load' ? [(both: AbortSignal) => redis.connect({ timeoutMs, signal: both })] : []),
    ]);
    if (purpose === 'dump') {
      const tables = options.tables.map(
        (table) => [tableName(config, table), [...table.key, ...table.dumped]] as const,
      );
      await cassandra.checkTables(keyspace, Object.fromEntries(tables));
    }
    const dataset = new ServiceDataset({
      ...{ kafka, cassandra, sets, keyspace },
      tableName: (table) => tableName(config, table),
      now: () => clock.now(),
      retryTimeoutMs: timeoutMs,
      signal,
    });
    return await whileServed(() => work(dataset));
  } finally {
    await connections.close();
  }
}
