/**
 * What a sibling job on the same tables, sets and topics builds on: stages, domain rules, stores, platform and data set.
 * Less stable than the package's main entry.
 */
export { reconciliationTopicVariables, reconciliationVariables } from './config.js';
export type { OutputTopics, ReconciliationConfig, ReconciliationVariables } from './config.js';
export type { DatasetDefinition } from './dataset-commands.js';
export type { DumpedTables, OwnRecords } from './dataset/dump-dataset.js';
export { ownAudits } from './dataset/record-line.js';
export { datasetTables, userActivityAgg, userContentConsumption, userEnrolments } from './dataset/table-schema.js';
export type { CellValue, ColumnType, TableSchema, UserTypeList } from './dataset/table-schema.js';
export type { Failure, FailureCode, FailureStage } from './domain/codes.js';
export { decodeEvent, field, isObject } from './domain/event-text.js';
export type { DecodedEvent, JsonObject } from './domain/event-text.js';
export { failedRecord } from './domain/failed-record.js';
export type { FailedRecord, FailedRecordOptions } from './domain/failed-record.js';
export { COMPLETED, IN_PROGRESS } from './domain/formulas.js';
export type {
  AggregateUpdate,
  ConsumptionRow,
  EnrolmentKey,
  EnrolmentRow,
  EnrolmentUpdate,
  RequestGroup,
  SyncRequest,
} from './domain/model.js';
export { createOutputEvents } from './domain/output-events.js';
export type { Happening, NameUuid, OutputEvents } from './domain/output-events.js';
export { isTime, parseRequest } from './domain/parse.js';
export type { ParsedRecord } from './domain/parse.js';
export { keyOf, keyText } from './domain/requests.js';
export type { Requests } from './domain/requests.js';
export { createWriteClock, LAST_WRITE_MS, writeTimeOf } from './domain/write-clock.js';
export type { WriteClock } from './domain/write-clock.js';
export { InvalidEventError } from './errors.js';
export { idOf } from './event-fields.js';
export { nameUuid } from './name-uuid.js';
export { reconciliationOptions, stageOptions } from './options.js';
export type { StageOptions } from './options.js';
export { configuredTopics, platformVariables, stateVariables } from './platform-config.js';
export type { JobTopics, PlatformConfig, PlatformVariables, TopicVariables } from './platform-config.js';
export { jobPlatform } from './platform/job-platform.js';
export type { JobPlatform, JobPlatformOptions } from './platform/job-platform.js';
export { reconciliationPlatform } from './platform/platform.js';
export type { Platform } from './platform/platform.js';
export { asyncStage, recompute, writeOutputs } from './recompute.js';
export type { AsyncStageOptions, OutputSinks, Recomputed, RecomputeOptions } from './recompute.js';
export { courseRelations, makeCourse, SampleIds } from './sample/course.js';
export type { CourseKind, SampleCourse, SampleUnit } from './sample/course.js';
export { writeDataset } from './sample/write-dataset.js';
export { seededRandom } from './sample/random.js';
export type { Random } from './sample/random.js';
export { readRequests } from './requests-stream.js';
export type { JobParts, RequestsStream } from './requests-stream.js';
export { AggregateFunction } from './stages/aggregate.js';
export type { AggregateOptions } from './stages/aggregate.js';
export { DeserializeFunction } from './stages/deserialize.js';
export { FilterFunction } from './stages/filter.js';
export { OutputsFunction } from './stages/outputs.js';
export { PersistFunction } from './stages/persist.js';
export { StageFailures } from './stages/stage-failures.js';
export type { FailureOptions } from './stages/stage-failures.js';
export { AUDIT, CERTIFICATES, FAILED } from './stages/tags.js';
export { Tally } from './stages/tally.js';
export type { Counts } from './stages/tally.js';
export { aggregateKey } from './stores/aggregate-key.js';
export { numberIn } from './stores/job-tables.js';
export type { JobTables, RowChange, StoredRow } from './stores/job-tables.js';
export type {
  ActivityAggregateStore,
  CollectionStatusSource,
  ConsumptionStore,
  EnrolmentStore,
  RelationSets,
  RelationStore,
  Stores,
} from './stores/ports.js';
export type { ReconciliationOptions, TopologyOptions } from './topology.js';
export { defineTableJob } from './table-job.js';
export type { TableJob, TableJobDefinition } from './table-job.js';
