export { activityAggregateUpdater as default } from './job.js';
export { buildTopology } from './topology.js';
export type { UpdaterOptions, UpdaterTopology } from './topology.js';
