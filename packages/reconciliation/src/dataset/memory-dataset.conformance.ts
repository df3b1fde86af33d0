import type { ConsumerRecord } from '@millrace/core';
import type { CollectionLine, RelationLine } from './lines.js';
import type { DatasetOrigin, DatasetTarget, PlacedRecord, TopicState } from './ports.js';
import type { TableRow, TableSchema } from './table-schema.js';

/** A data set in memory, for tests of loading and dumping; notes the order of what is done to it. */
export class MemoryDataset implements DatasetTarget, DatasetOrigin {
  readonly steps: string[] = [];
  readonly topics = new Map<string, TopicState>();
  readonly rows = new Map<TableSchema, TableRow[]>();
  readonly relations: RelationLine[] = [];
  readonly collections: CollectionLine[] = [];
  readonly appended: PlacedRecord[] = [];
  readonly logs = new Map<string, ConsumerRecord[]>();
  columns: ReadonlyMap<TableSchema, ReadonlySet<string>> = new Map();
  putCollections?: (collections: readonly CollectionLine[]) => Promise<void>;

  constructor(options: { readonly searchIsOurs: boolean }) {
    if (options.searchIsOurs) {
      this.putCollections = (collections) => {
        this.collections.push(...collections);
        return this.#did('collections');
      };
    }
  }

  checkColumns(columns: ReadonlyMap<TableSchema, ReadonlySet<string>>): Promise<void> {
    this.columns = columns;
    return this.#did('check columns');
  }

  topic(name: string): Promise<TopicState | undefined> {
    return Promise.resolve(this.topics.get(name));
  }

  createTopic(name: string, partitions: number): Promise<void> {
    this.topics.set(name, { partitions, retentionMs: undefined });
    return this.#did(`create ${name}`);
  }

  upsert(table: TableSchema, rows: readonly TableRow[]): Promise<void> {
    this.rows.set(table, [...(this.rows.get(table) ?? []), ...rows]);
    return this.#did(table.file);
  }

  replaceRelations(relations: readonly RelationLine[]): Promise<void> {
    this.relations.push(...relations);
    return this.#did('relations');
  }

  append(topic: string, records: readonly PlacedRecord[]): Promise<void> {
    this.appended.push(...records);
    return this.#did(`append to ${topic}`);
  }

  async *scan(table: TableSchema): AsyncGenerator<readonly TableRow[]> {
    yield await Promise.resolve(this.rows.get(table) ?? []);
  }

  records(topic: string): Promise<AsyncIterable<readonly ConsumerRecord[]> | undefined> {
    const records = this.logs.get(topic);
    if (records === undefined) return Promise.resolve(undefined);
    const batches = async function* (): AsyncGenerator<readonly ConsumerRecord[]> {
      for (const record of records) yield await Promise.resolve([record]);
    };
    return Promise.resolve(batches());
  }

  #did(step: string): Promise<void> {
    if (this.steps.at(-1) !== step) this.steps.push(step);
    return Promise.resolve();
  }
}
