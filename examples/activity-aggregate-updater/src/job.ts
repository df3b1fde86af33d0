import {
  checkReconciliationConfig,
  createDatasetCommands,
  jobOn,
  ownAudits,
  reconciliationOptions,
  reconciliationPlatform,
  reconciliationTopicVariables,
  Tally,
  userActivityAgg,
  userEnrolments,
} from '@millrace/reconciliation/parts';
import { defineJob, jobOptions } from '@millrace/runner';
import type { Job, JobContext } from '@millrace/runner';
import { variables } from './config.js';
import type { Variables } from './config.js';
import { consumptionTable, contentProgressStore } from './progress-store.js';
import { writeSample } from './sample.js';
import { buildTopology } from './topology.js';

const JOB_NAME = 'activity-aggregate-updater';
const TABLES = [consumptionTable, userEnrolments, userActivityAgg];

async function create(context: JobContext<Variables>): Promise<Job> {
  const { config, clock } = context;
  const platform = await reconciliationPlatform({ ...context, tables: TABLES });
  const tally = new Tally();
  const graph = buildTopology({
    ...{ source: platform.source, sinks: platform.sinks, stores: platform.stores, classify: platform.classify },
    progress: (writeClock) => contentProgressStore(platform.tables, writeClock),
    options: {
      ...reconciliationOptions(config, platform.maxFailedBytes),
      jobName: JOB_NAME,
      windowSize: config.get('threshold.batch.read.size'),
      windowTimeoutMs: Math.round(config.get('threshold.batch.read.interval') * 1_000),
      dedupExpiryMs: config.get('dedup.expiry') * 1_000,
    },
    tally,
    clock,
  });
  return jobOn(platform, { graph, options: { ...jobOptions(config), stateBackend: platform.stateBackend }, tally });
}

/** The job as the `millrace` command sees it. */
export const activityAggregateUpdater = defineJob({
  name: JOB_NAME,
  variables,
  check: checkReconciliationConfig,
  create,
  dataset: createDatasetCommands<Variables>({
    topics: reconciliationTopicVariables,
    loaded: TABLES,
    dumped: [
      ['consumption', consumptionTable],
      ['enrolments', userEnrolments],
      ['aggregates', userActivityAgg],
    ],
    own: { audit: ownAudits('start', 'complete', 'enrol-complete') },
  }),
  sample: writeSample,
});
