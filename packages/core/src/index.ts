export { AsyncDataStream } from './api/async-data-stream.js';
export { BroadcastConnectedStream, KeyedBroadcastConnectedStream } from './api/broadcast-connected-stream.js';
export { BroadcastStream } from './api/broadcast-stream.js';
export type { BroadcastDescriptor } from './api/broadcast-stream.js';
export { ConnectedStreams } from './api/connected-streams.js';
export { DataStream, SingleOutputStream } from './api/data-stream.js';
export { StreamExecutionEnvironment } from './api/environment.js';
export { IntervalJoin, IntervalJoined } from './api/interval-join.js';
export type { IntervalJoinOptions } from './api/interval-join.js';
export { KeyedConnectedStreams } from './api/keyed-connected-streams.js';
export { KeyedStream } from './api/keyed-stream.js';
export type {
  AdmitOptions,
  AsyncOptions,
  ExtremeByOptions,
  RollingOptions,
  FunctionOptions,
  KeyByOptions,
  KeyedProcessOptions,
  NodeOptions,
  ProcessOptions,
} from './api/options.js';
export { OutputTag } from './api/output-tag.js';
export { systemClock, sleep } from './clock.js';
export type { Clock } from './clock.js';
export { RepartitionTopicMissingError } from './repartition/repartition-topics.js';
export type { RepartitionTopic, RepartitionTopics } from './repartition/repartition-topics.js';
export type { RepartitionOptions } from './repartition/repartition.js';
export { collectionSource } from './connector/collection-source.js';
export { generatorSource } from './connector/generator-source.js';
export type { GeneratorOptions } from './connector/generator-source.js';
export { FileUnreadableError, FileWriteError, MalformedLineError } from './connector/jsonl/errors.js';
export type { FollowOptions } from './connector/jsonl/followed-file.js';
export { jsonlSink } from './connector/jsonl/jsonl-sink.js';
export type { JsonlSinkOptions, RollOptions } from './connector/jsonl/jsonl-sink.js';
export { jsonlSource } from './connector/jsonl/jsonl-source.js';
export type { JsonlSourceOptions } from './connector/jsonl/jsonl-source.js';
export type { LineOptions } from './connector/jsonl/line-parser.js';
export { printSink } from './connector/print-sink.js';
export type { PrintOptions } from './connector/print-sink.js';
export { pullSource } from './connector/pull-source.js';
export type { PullSourceOptions, PullSplit } from './connector/pull-source.js';
export { lateRepartition, lateSink, lateSource, lateStateBackend } from './connector/late.js';
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
export { tlsRefusal } from './connector/tls-refusal.js';
export {
  CheckpointError,
  GraphValidationError,
  JobFailedError,
  messageOf,
  MillraceError,
  OperatorFailure,
  OperatorTimeoutError,
  ServiceLostError,
  ServiceUnavailableError,
  SetupError,
  SavepointError,
  StateFencedError,
  StateMigrationError,
  UnclaimedStateError,
} from './errors.js';
export { failPoint } from './fail-point.js';
export type { FailPoint } from './fail-point.js';
export { StreamGraph } from './graph/stream-graph.js';
export type { EdgeKey, GraphEdge, GraphNode, NodeKind } from './graph/stream-graph.js';
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
export type { JobRunnerContext } from './runtime/job-runner.js';
export type { JobResult, JobState, JobStatus, SplitStatus, StopOptions, StopResult } from './runtime/job-status.js';
export { Savepoint, SavepointInProgress } from './savepoint/savepoint.js';
export type { SavepointManifest, SavepointPart, SavepointTask } from './savepoint/savepoint-part.js';
export { MAX_WATERMARK, MIN_WATERMARK } from './time/watermark.js';
export { BoundedOutOfOrdernessWatermarks } from './time/watermark-generator.js';
export type { WatermarkGenerator, WatermarkOutput } from './time/watermark-generator.js';
export { WatermarkStrategy } from './time/watermark-strategy.js';
export type { TimestampAssigner, WatermarkAlignment } from './time/watermark-strategy.js';
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
export { AllWindowedStream } from './api/all-windowed-stream.js';
export {
  CoGroupedStreams,
  CoGroupedStreamsEqualTo,
  CoGroupedStreamsWhere,
  WindowedCoGroup,
} from './api/co-grouped-streams.js';
export type { CoGroupFunction } from './api/co-grouped-streams.js';
export { CountAllWindowedStream, CountWindowedStream } from './api/count-windowed-stream.js';
export { JoinedStreams, JoinedStreamsEqualTo, JoinedStreamsWhere, WindowedJoin } from './api/joined-streams.js';
export type { JoinFunction } from './api/joined-streams.js';
export type { WindowOptions } from './api/window-options.js';
export { WindowedStream } from './api/windowed-stream.js';
export { GlobalWindows } from './windowing/assigners/global-windows.js';
export { EventTimeSessionWindows, ProcessingTimeSessionWindows } from './windowing/assigners/session-windows.js';
export { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from './windowing/assigners/sliding-windows.js';
export { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from './windowing/assigners/tumbling-windows.js';
export type { Evictor, EvictorContext, TimestampedValue } from './windowing/evictor.js';
export { CountEvictor } from './windowing/evictors/count-evictor.js';
export { DeltaEvictor } from './windowing/evictors/delta-evictor.js';
export { TimeEvictor } from './windowing/evictors/time-evictor.js';
export { GlobalWindow } from './windowing/global-window.js';
export type {
  AllWindowFunction,
  ProcessAllWindowFunction,
  ProcessWindowFunction,
  RichWindowFunction,
  WindowContext,
  WindowFunction,
  WindowStateStore,
} from './windowing/process-window-function.js';
export type { TaggedUnion } from './windowing/tagged-window-operator.js';
export { TimeWindow } from './windowing/time-window.js';
export { TriggerResult } from './windowing/trigger-result.js';
export { Trigger } from './windowing/trigger.js';
export type { OnMergeContext, PartitionedState, TriggerContext } from './windowing/trigger.js';
export { ContinuousEventTimeTrigger } from './windowing/triggers/continuous-event-time-trigger.js';
export { ContinuousProcessingTimeTrigger } from './windowing/triggers/continuous-processing-time-trigger.js';
export { CountTrigger } from './windowing/triggers/count-trigger.js';
export { DeltaTrigger } from './windowing/triggers/delta-trigger.js';
export { EventTimeTrigger } from './windowing/triggers/event-time-trigger.js';
export { NeverTrigger } from './windowing/triggers/never-trigger.js';
export { ProcessingTimeTrigger } from './windowing/triggers/processing-time-trigger.js';
export { ProcessingTimeoutTrigger } from './windowing/triggers/processing-timeout-trigger.js';
export type { ProcessingTimeoutOptions } from './windowing/triggers/processing-timeout-trigger.js';
export { PurgingTrigger } from './windowing/triggers/purging-trigger.js';
export { MergingWindowAssigner, WindowAssigner } from './windowing/window-assigner.js';
export type { MergeCallback, WindowAssignerContext } from './windowing/window-assigner.js';
export { Window } from './windowing/window.js';
export { listStates, stateEntries } from './state/inspect-state.js';
export type { StateEntryView, StateSummary } from './state/inspect-state.js';
