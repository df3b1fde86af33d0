import type { CassandraSession } from '@millrace/cassandra';
import { cqlTable } from '@millrace/cassandra';
import type { ConsumerRecord } from '@millrace/core';
import type { KafkaConnection } from '@millrace/kafka';
import { MissingTopicError } from '@millrace/kafka';
import type { RedisSets } from '@millrace/redis';
import { inBatches } from '../dataset/in-batches.js';
import type { RelationLine } from '../dataset/lines.js';
import type { DatasetOrigin, DatasetTarget, PlacedRecord, TopicState } from '../dataset/ports.js';
import type { TableRow, TableSchema } from '../dataset/table-schema.js';
import { CassandraTableAccess } from './cassandra/table-access.js';

const RECORDS_PER_BATCH = 500;
/** Sets that are replaced at once; more would wait in Redis's queue anyway. */
const SETS_AT_ONCE = 500;

export interface ServiceDatasetOptions {
  readonly kafka: KafkaConnection;
  readonly cassandra: CassandraSession;
  readonly sets: Pick<RedisSets, 'replace'>;
  readonly keyspace: string;
  /** Configured name of a table. */
  readonly tableName: (table: TableSchema) => string;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Milliseconds for which a service that fails meanwhile is tried again. */
  readonly retryTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Loads into and dumps from Kafka, Cassandra and Redis. The connections are not closed here. */
export class ServiceDataset implements DatasetTarget, DatasetOrigin {
  readonly #options: ServiceDatasetOptions;
  readonly #tables: CassandraTableAccess;

  constructor(options: ServiceDatasetOptions) {
    this.#options = options;
    const tableOf = (table: TableSchema): string => cqlTable(options.keyspace, options.tableName(table));
    this.#tables = new CassandraTableAccess(options.cassandra, tableOf, options.now);
  }

  async checkColumns(columns: ReadonlyMap<TableSchema, ReadonlySet<string>>): Promise<void> {
    const { cassandra, keyspace, tableName } = this.#options;
    const tables = [...columns].map(([table, names]): [string, string[]] => [tableName(table), [...names]]);
    await cassandra.checkTables(keyspace, Object.fromEntries(tables));
  }

  async topic(name: string): Promise<TopicState | undefined> {
    try {
      const { partitions, retentionMs, config } = await this.#options.kafka.describeTopic(name);
      const deletes = (config?.get('cleanup.policy') ?? 'delete').includes('delete');
      const keeps = !deletes || retentionMs === undefined || retentionMs < 0;
      return { partitions, retentionMs: keeps ? undefined : retentionMs };
    } catch (error) {
      if (error instanceof MissingTopicError) return undefined;
      throw error;
    }
  }

  /** Without retention: requests with old timestamps would be deleted at once. */
  async createTopic(name: string, partitions: number): Promise<void> {
    const config = { 'retention.ms': '-1', 'retention.bytes': '-1', 'cleanup.policy': 'delete' };
    await this.#options.kafka.createTopics([{ topic: name, partitions, config }]);
  }

  upsert(table: TableSchema, rows: readonly TableRow[]): Promise<void> {
    return this.#tables.upsert(table, rows);
  }

  async replaceRelations(relations: readonly RelationLine[]): Promise<void> {
    const { sets } = this.#options;
    for (let start = 0; start < relations.length; start += SETS_AT_ONCE) {
      const some = relations.slice(start, start + SETS_AT_ONCE);
      await Promise.all(some.map(({ key, members }) => sets.replace(key, members)));
    }
  }

  async append(topic: string, records: readonly PlacedRecord[]): Promise<void> {
    const { kafka, retryTimeoutMs, signal } = this.#options;
    await kafka.append(topic, records, { retryTimeoutMs, signal });
  }

  scan(table: TableSchema): AsyncIterable<readonly TableRow[]> {
    return this.#tables.scan(table);
  }

  async records(topic: string): Promise<AsyncIterable<readonly ConsumerRecord[]> | undefined> {
    if ((await this.topic(topic)) === undefined) return undefined;
    return inBatches(this.#options.kafka.readTopic(topic), RECORDS_PER_BATCH);
  }
}
