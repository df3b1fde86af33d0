import type { ConsumerRecord } from '@millrace/core';
import type { CollectionLine, RelationLine } from './lines.js';
import type { TableRow, TableSchema } from './table-schema.js';

/** A record with everything decided. */
export interface PlacedRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number;
  readonly partition: number;
}

/** What is known of a topic that a data set is loaded into. */
export interface TopicState {
  readonly partitions: number;
  /** Milliseconds after which the log deletes records; undefined where it keeps them. */
  readonly retentionMs: number | undefined;
}

/** Rows of the job's tables, read and written as they are. */
export interface TableAccess {
  /**
   * Sets the columns named in each row; a later row of a key wins. Creates no table. Resolves when it is durable.
   *
   * @param writtenAt write timestamp of all rows, microseconds since 1970 UTC. @default now, growing from row to row
   */
  upsert(table: TableSchema, rows: readonly TableRow[], writtenAt?: bigint): Promise<void>;
  /** All rows with the columns of `table.dumped`, in any order, in batches. */
  scan(table: TableSchema): AsyncIterable<readonly TableRow[]>;
}

/** Single rows of the job's tables as they are. */
export interface RowLookup {
  /** The row with the columns of `table.dumped`, undefined where there is none. */
  get(table: TableSchema, key: readonly string[]): Promise<TableRow | undefined>;
}

/** Where a data set is loaded to. Every write is an upsert and resolves when it is durable. */
export interface DatasetTarget {
  /** Undefined where the topic does not exist. */
  topic(name: string): Promise<TopicState | undefined>;
  /** Creates a topic that keeps its records for ever. */
  createTopic(name: string, partitions: number): Promise<void>;
  /** @throws SetupError where a table or one of these columns is missing */
  checkColumns(columns: ReadonlyMap<TableSchema, ReadonlySet<string>>): Promise<void>;
  readonly upsert: TableAccess['upsert'];
  /** Replaces each set; one without members is deleted. */
  replaceRelations(relations: readonly RelationLine[]): Promise<void>;
  /** Absent where the search service is somebody else's. */
  putCollections?(collections: readonly CollectionLine[]): Promise<void>;
  /** Appends in order. */
  append(topic: string, records: readonly PlacedRecord[]): Promise<void>;
}

/** Where a dump is read from. */
export interface DatasetOrigin {
  readonly scan: TableAccess['scan'];
  /**
   * The records that the topic holds now, in batches, in order within a partition. Undefined where it does not exist.
   */
  records(topic: string): Promise<AsyncIterable<readonly ConsumerRecord[]> | undefined>;
}
