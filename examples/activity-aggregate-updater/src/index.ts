export { activityAggregateUpdater as default } from './job.js';
export { buildTopology } from './topology.js';
export type { TopologyOptions, UpdaterOptions } from './topology.js';
