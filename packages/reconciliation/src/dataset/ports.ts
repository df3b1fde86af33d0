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

/** Where a data set is loaded to. Every write is an upsert and resolves when it is durable. */
export interface DatasetTarget {
  /** Undefined where the topic does not exist. */
  topic(name: string): Promise<TopicState | undefined>;
  /** Creates a topic that keeps its records for ever. */
  createTopic(name: string, partitions: number): Promise<void>;
  /** Sets the columns named in each row; a later row of a key wins. Creates no table. */
  upsert(table: TableSchema, rows: readonly TableRow[]): Promise<void>;
  /** Replaces each set; one without members is deleted. */
  replaceRelations(relations: readonly RelationLine[]): Promise<void>;
  /** Absent where the search service is somebody else's. */
  putCollections?(collections: readonly CollectionLine[]): Promise<void>;
  /** Appends in order. */
  append(topic: string, records: readonly PlacedRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Where a dump is read from. */
export interface DatasetOrigin {
  /** All rows with the columns of `table.dumped`, in any order, in batches. */
  scan(table: TableSchema): AsyncIterable<readonly TableRow[]>;
  /**
   * The records that the topic holds now, in batches, in order within a partition. Undefined where it does not exist.
   */
  records(topic: string): Promise<AsyncIterable<readonly ConsumerRecord[]> | undefined>;
  close(): Promise<void>;
}
