import type { ConsumerRecord } from '@millrace/core';
import type { EmbeddedStore } from '@millrace/embedded';
import { inBatches } from '../../dataset/in-batches.js';
import type { CollectionLine, RelationLine } from '../../dataset/lines.js';
import type { DatasetOrigin, DatasetTarget, PlacedRecord, TopicState } from '../../dataset/ports.js';
import type { TableRow, TableSchema } from '../../dataset/table-schema.js';
import { WriteTimestamps } from '../write-timestamps.js';
import { EmbeddedTableAccess } from './table-access.js';
import { embeddedTables } from './tables.js';

const RECORDS_PER_BATCH = 500;

/** Loads into and dumps from an embedded store. The store is not closed here. */
export class EmbeddedDataset implements DatasetTarget, DatasetOrigin {
  readonly #store: EmbeddedStore;
  readonly #tables: EmbeddedTableAccess;
  readonly #timestamps: WriteTimestamps;

  /** @param now milliseconds since 1970 UTC */
  constructor(store: EmbeddedStore, now: () => number) {
    this.#store = store;
    this.#tables = new EmbeddedTableAccess(store, now);
    this.#timestamps = new WriteTimestamps(now);
  }

  /** Tables are made with all columns. */
  checkColumns(): Promise<void> {
    return Promise.resolve();
  }

  topic(name: string): Promise<TopicState | undefined> {
    const topic = this.#store.log.topic(name);
    return Promise.resolve(topic === undefined ? undefined : { partitions: topic.partitions, retentionMs: undefined });
  }

  async createTopic(name: string, partitions: number): Promise<void> {
    await this.#store.log.createTopic(name, partitions);
  }

  upsert(table: TableSchema, rows: readonly TableRow[]): Promise<void> {
    return this.#tables.upsert(table, rows);
  }

  async replaceRelations(relations: readonly RelationLine[]): Promise<void> {
    await Promise.all(relations.map(({ key, members }) => this.#store.sets.replace(key, members)));
  }

  async putCollections(collections: readonly CollectionLine[]): Promise<void> {
    await embeddedTables(this.#store).collections.write(
      collections.map(({ identifier, status }) => ({
        key: [identifier],
        timestamp: this.#timestamps.next(),
        kind: 'insert' as const,
        set: { status },
      })),
    );
  }

  append(topic: string, records: readonly PlacedRecord[]): Promise<void> {
    return this.#store.log.append(topic, records);
  }

  scan(table: TableSchema): AsyncIterable<readonly TableRow[]> {
    return this.#tables.scan(table);
  }

  records(topic: string): Promise<AsyncIterable<readonly ConsumerRecord[]> | undefined> {
    if (this.#store.log.topic(topic) === undefined) return Promise.resolve(undefined);
    return Promise.resolve(inBatches(this.#store.log.readAll(topic), RECORDS_PER_BATCH));
  }
}
