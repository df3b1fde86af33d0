import type { ErrorClassifier } from '@millrace/core';
import type { RowLookup } from '../dataset/ports.js';
import { datasetTables, userActivityAgg, userEnrolments } from '../dataset/table-schema.js';
import type { TableSchema } from '../dataset/table-schema.js';
import type { PlatformOptions } from '../platform/embedded-platform.js';
import { tableName } from '../platform-config.js';
import type { EnrolmentScan } from '../stores/enrolment-scan.js';
import type { Stores } from '../stores/ports.js';
import type { FailedLog } from './failed/failed-log.js';

/** What a command looks at: the job's stores, the tables' rows as they are, and the failed topic. */
export interface CommandPlatform {
  /** As the job's. Commands that only read give them to a trial. */
  readonly stores: Stores;
  readonly rows: RowLookup;
  /** All of user_enrolments. */
  readonly scan: EnrolmentScan;
  /** Where that table is, for people. */
  readonly where: string;
  readonly log: Pick<FailedLog, 'ranges' | 'read'>;
  /** Who is to blame for an error of a store. */
  readonly classify: ErrorClassifier;
}

export interface CommandPlatformOptions extends PlatformOptions {
  /** Folder of the embedded store; undefined: services. */
  readonly embedded: string | undefined;
  readonly signal: AbortSignal;
  /** That must be there. */
  readonly topics: readonly string[];
  /** How long an answer of the search service is waited for, in milliseconds; it is asked once. */
  readonly searchTimeoutMs: number;
}

/**
 * Connects to what the job is configured for, for `work`, and disconnects. Only the clients that are used are loaded.
 *
 * @throws SetupError, ServiceUnavailableError, and what `work` throws
 */
export async function withCommandPlatform<T>(
  options: CommandPlatformOptions,
  work: (platform: CommandPlatform) => Promise<T>,
): Promise<T> {
  return options.embedded === undefined ? onServices(options, work) : inStore(options.embedded, options, work);
}

async function onServices<T>(
  options: CommandPlatformOptions,
  work: (platform: CommandPlatform) => Promise<T>,
): Promise<T> {
  const { connectServices } = await import('../platform/service-connections.js');
  const { serviceStores } = await import('../platform/service-stores.js');
  const { CassandraEnrolmentScan } = await import('../stores/cassandra/enrolment-scan.js');
  const { CassandraTableAccess } = await import('../stores/cassandra/table-access.js');
  const { classifyServiceError } = await import('../stores/classify-service-error.js');
  const { KafkaFailedLog } = await import('./failed/kafka-failed-log.js');
  const { cqlTable } = await import('@millrace/cassandra');
  const { whileServed } = await import('../platform/while-served.js');
  const { config, clock, signal, topics, searchTimeoutMs } = options;
  const services = serviceStores(options, { timeoutMs: searchTimeoutMs, retryDelaysMs: [] });
  try {
    await connectServices(services, config, { topics, tables: datasetTables }, signal);
    const keyspace = config.get('lms-cassandra.keyspace');
    // Commands show more columns than the job uses.
    const shown = [userEnrolments, userActivityAgg].map(
      (table) => [tableName(config, table), [...table.key, ...table.dumped]] as const,
    );
    await services.cassandra.checkTables(keyspace, Object.fromEntries(shown));
    const tableOf = (table: TableSchema): string => cqlTable(keyspace, tableName(config, table));
    const platform: CommandPlatform = {
      stores: services.stores,
      scan: new CassandraEnrolmentScan(services.cassandra, tableOf(userEnrolments)),
      where: `${services.cassandra.address} ${keyspace}.${tableName(config, userEnrolments)}`,
      rows: new CassandraTableAccess(services.cassandra, tableOf, () => clock.now()),
      log: new KafkaFailedLog(services.kafka, { retryTimeoutMs: config.get('startup.timeout') * 1_000, signal }),
      classify: classifyServiceError,
    };
    return await whileServed(() => work(platform));
  } finally {
    await services.close();
  }
}

async function inStore<T>(
  directory: string,
  options: CommandPlatformOptions,
  work: (platform: CommandPlatform) => Promise<T>,
): Promise<T> {
  const { openEmbedded } = await import('../platform/embedded-job-platform.js');
  const { embeddedStores } = await import('../platform/embedded-platform.js');
  const { MissingTopicsError } = await import('../platform/errors.js');
  const { classifyEmbeddedError } = await import('../stores/classify-embedded-error.js');
  const { EmbeddedEnrolmentScan } = await import('../stores/embedded/enrolment-scan.js');
  const { embeddedTables } = await import('../stores/embedded/tables.js');
  const { EmbeddedTableAccess } = await import('../stores/embedded/table-access.js');
  const { EmbeddedFailedLog } = await import('./failed/embedded-failed-log.js');
  const { config, clock, topics } = options;
  const store = await openEmbedded(directory, options);
  try {
    const missing = topics.filter((topic) => store.log.topic(topic) === undefined);
    if (missing.length > 0) throw new MissingTopicsError(missing, store.directory);
    const made = embeddedStores(store, config);
    try {
      return await work({
        stores: made.stores,
        scan: new EmbeddedEnrolmentScan(embeddedTables(store).enrolments),
        where: store.directory,
        rows: new EmbeddedTableAccess(store, () => clock.now()),
        log: new EmbeddedFailedLog(store),
        classify: classifyEmbeddedError,
      });
    } finally {
      made.close();
    }
  } finally {
    await store.close();
  }
}
