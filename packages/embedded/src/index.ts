export {
  CoPartitionError,
  KeyInvalidError,
  RecordInvalidError,
  StoreClosedError,
  StoreDamagedError,
  StoreDirectoryError,
  StoreFormatError,
  StoreInUseError,
  StoreWriteError,
  TableSchemaError,
  TopicInvalidError,
  TopicMissingError,
  ValueInvalidError,
} from './errors.js';
export type { KeyColumn } from './encoding/composite-key.js';
export type { ConsumerGroups } from './log/consumer-groups.js';
export type { TopicLog, TopicRecords } from './log/topic-log.js';
export type { TopicInfo } from './log/topic.js';
export type { Durability, EmbeddedStoreOptions } from './options.js';
export { embeddedRepartition } from './repartition/embedded-repartition.js';
export type { EmbeddedRepartitionOptions } from './repartition/embedded-repartition.js';
export type { SetStore } from './sets/set-store.js';
export { embeddedSink } from './sink/embedded-sink.js';
export type { EmbeddedSinkOptions } from './sink/embedded-sink.js';
export { embeddedTableSink } from './sink/embedded-table-sink.js';
export type { EmbeddedTableSinkOptions } from './sink/embedded-table-sink.js';
export { embeddedSource } from './source/embedded-source.js';
export type { EmbeddedSourceOptions } from './source/embedded-source.js';
export { embeddedStateBackend } from './state/embedded-state-backend.js';
export type { EmbeddedStateBackendOptions } from './state/embedded-state-backend.js';
export type { LmdbStateBackend } from './state/lmdb-state-backend.js';
export { EmbeddedStore } from './store.js';
export type { Mutation } from './table/mutation.js';
export type { Row } from './table/row.js';
export type { Columns, ColumnKind, ColumnValue, MapColumnName, TableSchema } from './table/schema.js';
export type { ScanOptions, Table } from './table/table.js';
