export type { EmittedElement, HarnessOptions } from './harness-base.js';
export { HarnessSnapshot } from './harness-snapshot.js';
export { ManualClock } from './manual-clock.js';
export { OperatorHarness, TwoInputOperatorHarness } from './operator-harness.js';
export { TestTopics } from './test-topics.js';
export type { TestRecord } from './test-topics.js';
export { TopologyTestDriver } from './topology-test-driver.js';
export type { DriverOptions, OutputRecord } from './topology-test-driver.js';
