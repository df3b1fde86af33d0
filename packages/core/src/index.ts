export { AsyncDataStream } from './api/async-data-stream.js';
export { BroadcastConnectedStream, KeyedBroadcastConnectedStream } from './api/broadcast-connected-stream.js';
export { BroadcastStream } from './api/broadcast-stream.js';
export type { BroadcastDescriptor } from './api/broadcast-stream.js';
export { ConnectedStreams } from './api/connected-streams.js';
export { DataStream, SingleOutputStream } from './api/data-stream.js';
export { StreamExecutionEnvironment } from './api/environment.js';
export { IntervalJoin, IntervalJoined } from './api/interval-join.js';
export { KeyedConnectedStreams } from './api/keyed-connected-streams.js';
export { KeyedStream } from './api/keyed-stream.js';
export type {
  AdmitOptions,
  AsyncOptions,
  ExtremeByOptions,
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
  StateMigrationError,
  UnclaimedStateError,
} from './errors.js';
export { StreamGraph } from './graph/stream-graph.js';
export type { GraphEdge, GraphNode, NodeKind } from './graph/stream-graph.js';
export { silentLogger } from './logger.js';
export type { Logger } from './logger.js';
export { InMemoryMetrics } from './metrics.js';
export type { Counter, Histogram, MetricGroup } from './metrics.js';
export type { AsyncContext, AsyncFunction, RichFunction, RuntimeContext } from './operators/async-function.js';
export {
  exponentialBackoffRetry,
  fixedDelayRetry,
  retryInPlace,
  RetryPredicates,
} from './operators/async-retry-strategy.js';
export type {
  AsyncRetryStrategy,
  ExponentialBackoffOptions,
  RetryConditions,
  RetryInPlaceOptions,
} from './operators/async-retry-strategy.js';
export type {
  ApplyToKeyedState,
  BaseBroadcastContext,
  BroadcastContext,
  BroadcastOnTimerContext,
  BroadcastProcessFunction,
  BroadcastState,
  KeyedBroadcastContext,
  KeyedBroadcastProcessFunction,
  KeyedReadOnlyBroadcastContext,
  ReadOnlyBroadcastContext,
  ReadOnlyBroadcastState,
} from './operators/broadcast-functions.js';
export type {
  CoFlatMapFunction,
  CoMapFunction,
  CoProcessFunction,
  KeyedCoProcessFunction,
} from './operators/co-functions.js';
export type { DeadLetter, ErrorClassifier, ErrorKind, ErrorPolicy, FailureInfo } from './operators/error-policy.js';
export type {
  KeyedProcessContext,
  KeyedProcessFunction,
  KeyedRuntimeContext,
  OnTimerContext,
} from './operators/keyed-process-function.js';
export type { KeyedStateAccess } from './operators/keyed-state-access.js';
export type { Collector, ProcessContext, ProcessFunction } from './operators/process-function.js';
export type { JoinedPair, ProcessJoinContext, ProcessJoinFunction } from './operators/process-join-function.js';
export type { FieldOf, Orderable, Selector, Summable } from './operators/rolling-aggregate.js';
export type { TimerService } from './operators/timers/timer-service.js';
export type { TimeDomain } from './operators/timers/timer.js';
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
export type { AggregateFunction, ReduceFunction } from './state/aggregate-function.js';
export { MemoryStateBackend } from './state/memory-state-backend.js';
export type { MemoryStateBackendOptions } from './state/memory-state-backend.js';
export { Serializers } from './state/serializer.js';
export type { Serializer } from './state/serializer.js';
export { positionKey } from './state/state-backend.js';
export type {
  StateBackend,
  StateClaim,
  StateKey,
  StateOwner,
  StateReader,
  StateWrite,
  TaskSnapshot,
} from './state/state-backend.js';
export {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  StateDescriptor,
  ValueStateDescriptor,
} from './state/state-descriptor.js';
export type { StateKind, StateOptions } from './state/state-descriptor.js';
export type { StateTtlConfig, TtlUpdateType, TtlVisibility } from './state/state-ttl.js';
export type { AggregatingState, ListState, MapState, ReducingState, ValueState } from './state/state-types.js';
