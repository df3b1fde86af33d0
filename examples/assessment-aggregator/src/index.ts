export { assessmentAggregator as default } from './job.js';
export { buildTopology } from './topology.js';
export type { AssessmentOptions } from './topology.js';
