export { AsyncDataStream } from './api/async-data-stream.js';
export { DataStream, SingleOutputStream } from './api/data-stream.js';
export { StreamExecutionEnvironment } from './api/environment.js';
export { KeyedStream } from './api/keyed-stream.js';
export type {
  AdmitOptions,
  AsyncOptions,
  FunctionOptions,
  KeyByOptions,
  KeyedProcessOptions,
  NodeOptions,
  ProcessOptions,
} from './api/options.js';
export { OutputTag } from './api/output-tag.js';
export { systemClock, sleep } from './clock.js';
export type { Clock } from './clock.js';
export { recordBytes } from './connector/record.js';
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
  StateFencedError,
  UnclaimedStateError,
} from './errors.js';
export { StreamGraph } from './graph/stream-graph.js';
export type { GraphEdge, GraphNode, NodeKind } from './graph/stream-graph.js';
export { silentLogger } from './logger.js';
export type { Logger } from './logger.js';
export { InMemoryMetrics } from './metrics.js';
export type { Counter, Histogram, MetricGroup } from './metrics.js';
export type { AsyncContext, AsyncFunction, RichFunction, RuntimeContext } from './operators/async-function.js';
export { fixedDelayRetry, retryInPlace } from './operators/async-retry-strategy.js';
export type { AsyncRetryStrategy, RetryInPlaceOptions } from './operators/async-retry-strategy.js';
export type { DeadLetter, ErrorClassifier, ErrorKind, ErrorPolicy, FailureInfo } from './operators/error-policy.js';
export type {
  KeyedProcessContext,
  KeyedProcessFunction,
  KeyedRuntimeContext,
} from './operators/keyed-process-function.js';
export type { Collector, ProcessContext, ProcessFunction } from './operators/process-function.js';
export { murmur2, partitionForKey } from './partitioner.js';
export type { Waiting } from './runtime/job-attempt.js';
export type { CheckpointOptions, JobOptions } from './runtime/job-options.js';
export { JobRunner } from './runtime/job-runner.js';
export type { JobResult, JobRunnerContext, JobState, JobStatus, SplitStatus } from './runtime/job-runner.js';
export { RestartStrategies } from './runtime/restart-strategy.js';
export type {
  ExponentialDelayOptions,
  FailureRateOptions,
  FixedDelayOptions,
  RestartStrategy,
  RestartStrategyFactory,
} from './runtime/restart-strategy.js';
export { MemoryStateBackend } from './state/state-backend.js';
export type { SplitCheckpoint, StateBackend, StateClaim, StateOwner } from './state/state-backend.js';
export { ValueStateDescriptor } from './state/value-state.js';
export type { ValueState } from './state/value-state.js';
