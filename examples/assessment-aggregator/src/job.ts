import {
  configuredTopics,
  defineTableJob,
  jobPlatform,
  stageOptions,
  userActivityAgg,
} from '@millrace/reconciliation/parts';
import { topics, variables } from './config.js';
import type { Variables } from './config.js';
import { writeSample } from './sample.js';
import { assessmentStores, attemptTable } from './stores.js';
import { buildTopology } from './topology.js';

const name = 'assessment-aggregator';
const tables = [attemptTable, userActivityAgg];

/** The job as the `millrace` command sees it. */
export const assessmentAggregator = defineTableJob<Variables>({
  ...{ name, variables, topics },
  loaded: tables,
  dumped: [
    ['attempts', attemptTable],
    ['aggregates', userActivityAgg],
  ],
  sample: writeSample,

  async build(context, tally) {
    const { config, clock, embedded } = context;
    const platform = await jobPlatform(embedded, { ...context, topics: configuredTopics(config, topics), tables });
    const stores = assessmentStores(platform, () => clock.now());
    const aggregateType = config.get('user.activity.agg.type');
    const options = { ...stageOptions(name, config, platform.maxFailedBytes), aggregateType };
    return { platform, graph: buildTopology({ ...platform, stores, options, tally, clock }) };
  },
});
