export { reconciliationVariables } from './config.js';
export type { ReconciliationConfig, ReconciliationVariables } from './config.js';
export { reconciliationJob } from './job.js';
export { JOB_NAME } from './job-name.js';
export { reconciliationJob as default } from './job.js';
export { AggregateFunction } from './stages/aggregate.js';
export type { AggregateOptions } from './stages/aggregate.js';
export { DeserializeFunction } from './stages/deserialize.js';
export { FilterFunction } from './stages/filter.js';
export { OutputsFunction } from './stages/outputs.js';
export { PersistFunction } from './stages/persist.js';
export type { FailureOptions } from './stages/stage-failures.js';
export { AUDIT, CERTIFICATES, FAILED } from './stages/tags.js';
export { Tally } from './stages/tally.js';
export type { Counts } from './stages/tally.js';
export { storeErrorClassifier } from './stores/store-error-classifier.js';
export type {
  ActivityAggregateStore,
  CollectionStatusSource,
  ConsumptionStore,
  EnrolmentStore,
  RelationSets,
  RelationStore,
  Stores,
} from './stores/ports.js';
export { buildTopology } from './topology.js';
export type { ReconciliationOptions, TopologyOptions } from './topology.js';
