export { OutputTag } from './api/output-tag.js';
export { systemClock, sleep } from './clock.js';
export type { Clock } from './clock.js';
export type { ConsumerRecord, HeaderValue, ProducerRecord, RecordHeaders } from './connector/record.js';
export type { Acknowledgement, Sink, SinkHost, SinkWriter } from './connector/sink.js';
export type {
  Source,
  SourceChunk,
  SourceHost,
  SourceReader,
  SourceRecord,
  SplitAssignment,
  SplitLease,
} from './connector/source.js';
export {
  CheckpointError,
  GraphValidationError,
  JobFailedError,
  messageOf,
  MillraceError,
  OperatorFailure,
  OperatorTimeoutError,
  ServiceUnavailableError,
  SetupError,
} from './errors.js';
export { silentLogger } from './logger.js';
export type { Logger } from './logger.js';
export { InMemoryMetrics } from './metrics.js';
export type { Counter, Histogram, MetricGroup } from './metrics.js';
export { murmur2, partitionForKey } from './partitioner.js';
export type { AsyncContext, AsyncFunction, RichFunction, RuntimeContext } from './operators/async-function.js';
export type { DeadLetter, ErrorClassifier, ErrorKind, ErrorPolicy, FailureInfo } from './operators/error-policy.js';
