import type { Clock, ConsumerRecord, ErrorClassifier, Logger, ProducerRecord, Sink, Source } from '@millrace/core';
import type { StateBackend } from '@millrace/core';
import type { TableSchema } from '../dataset/table-schema.js';
import type { JobTopics, PlatformConfig } from '../platform-config.js';
import type { JobTables } from '../stores/job-tables.js';
import type { RelationStore } from '../stores/ports.js';

/** What a platform of one job is made of. */
export interface JobPlatformOptions<K extends string> {
  readonly config: PlatformConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly topics: JobTopics<K>;
  /** That the job reads or writes; they and their `used` columns must be there. */
  readonly tables: readonly TableSchema[];
}

/**
 * What a job of this family stands on: an embedded store, or Kafka, Cassandra and Redis. Everything is usable once
 * connected.
 */
export interface JobPlatform<K extends string> {
  readonly source: Source<ConsumerRecord>;
  /** Where the broker calls a failed event too large, its `truncated()` is written in its place. */
  readonly sinks: Readonly<Record<K, Sink<ProducerRecord>>>;
  readonly tables: JobTables;
  /** The relation cache; answers are kept for `relation.cache.expiry`. */
  readonly relations: RelationStore;
  /** For a job with state: in the embedded store, or in Redis (`redis.database.state.id`), so that it may move between processes. */
  readonly stateBackend: StateBackend;
  /** Who is to blame for an error of a store. */
  readonly classify: ErrorClassifier;
  /** Largest failed record that the log takes, in bytes. */
  readonly maxFailedBytes: number;
  /**
   * Connects, and checks that topics, tables and columns are there.
   *
   * @throws SetupError with one line for all that is missing, ServiceUnavailableError
   */
  connect(signal: AbortSignal): Promise<void>;
  /** Releases everything. Never rejects. */
  close(): Promise<void>;
}

/** The platform that the job was started for. Only the clients that are used are loaded: they take 35 MB and half a second. */
export async function jobPlatform<K extends string>(
  embedded: string | undefined,
  options: JobPlatformOptions<K>,
): Promise<JobPlatform<K>> {
  if (embedded === undefined) {
    const { serviceJobPlatform } = await import('./service-job-platform.js');
    return serviceJobPlatform(options);
  }
  const { embeddedJobPlatform } = await import('./embedded-job-platform.js');
  return embeddedJobPlatform(embedded, options);
}
