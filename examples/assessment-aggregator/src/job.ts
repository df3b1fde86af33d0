import {
  checkPlatformConfig,
  configuredTopics,
  createDatasetCommands,
  jobOn,
  jobPlatform,
  Tally,
  userActivityAgg,
} from '@millrace/reconciliation/parts';
import { defineJob, jobOptions } from '@millrace/runner';
import type { Job, JobContext } from '@millrace/runner';
import { topicVariables, variables } from './config.js';
import type { Variables } from './config.js';
import { writeSample } from './sample.js';
import { assessmentStores, attemptTable } from './stores.js';
import { buildTopology, JOB_NAME } from './topology.js';

const TABLES = [attemptTable, userActivityAgg];

async function create(context: JobContext<Variables>): Promise<Job> {
  const { config, clock } = context;
  const topics = configuredTopics(config, topicVariables);
  const platform = await jobPlatform(context.embedded, { ...context, topics, tables: TABLES });
  const tally = new Tally();
  const graph = buildTopology({
    ...{ source: platform.source, sinks: platform.sinks, classify: platform.classify, tally },
    stores: assessmentStores(platform, () => clock.now()),
    options: {
      aggregateType: config.get('user.activity.agg.type'),
      failedMaxBytes: Math.min(config.get('kafka.failed.max.bytes'), platform.maxFailedBytes),
      maxInFlight: config.get('task.max-in-flight'),
      retryTimeoutMs: config.get('task.retry.timeout') * 1_000,
    },
  });
  return jobOn(platform, { graph, options: jobOptions(config), tally });
}

/** The job as the `millrace` command sees it. */
export const assessmentAggregator = defineJob({
  name: JOB_NAME,
  variables,
  check: (config) => checkPlatformConfig(config, topicVariables),
  create,
  dataset: createDatasetCommands<Variables>({
    topics: topicVariables,
    loaded: TABLES,
    dumped: [
      ['attempts', attemptTable],
      ['aggregates', userActivityAgg],
    ],
  }),
  sample: writeSample,
});
