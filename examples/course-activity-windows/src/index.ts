export { courseActivityWindows as default } from './job.js';
export { buildTopology } from './topology.js';
export type { TopologyOptions, WindowTimes } from './topology.js';
