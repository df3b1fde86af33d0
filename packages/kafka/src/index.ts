export { KafkaConnection } from './connection/kafka-connection.js';
export type { PartitionRange } from './connection/offsets.js';
export type { KafkaConnectionOptions, KafkaSaslOptions, KafkaTlsOptions } from './connection/options.js';
export { TransactionalWriter } from './connection/transactional-writer.js';
export type { TopicRecord, TransactionalWriterOptions } from './connection/transactional-writer.js';
export type { NewTopic, TopicDescription } from './connection/topics.js';
export { isAccessError, isRetriable, isTooLarge } from './error-kind.js';
export {
  ConsumerCrashedError,
  CoPartitionError,
  KafkaAccessError,
  KafkaOptionsError,
  KafkaTlsError,
  LogRewoundError,
  MissingTopicError,
  OffsetCommitError,
  RecordTooLargeError,
  SinkWriteError,
  TopicReadError,
  TransactionRefusedError,
  TransactionUnknownError,
  WriterFencedError,
} from './errors.js';
export { kafkaRepartition } from './repartition/kafka-repartition.js';
export type { KafkaRepartitionOptions } from './repartition/kafka-repartition.js';
export { kafkaSink } from './sink/kafka-sink.js';
export type { KafkaSinkOptions } from './sink/options.js';
export { kafkaSource } from './source/kafka-source.js';
export type { KafkaSourceOptions } from './source/options.js';
