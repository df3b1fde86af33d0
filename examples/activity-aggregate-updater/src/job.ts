import { embeddedStateBackend } from '@millrace/embedded';
import {
  checkReconciliationConfig,
  createDatasetCommands,
  embeddedPlatform,
  reconciliationOptions,
  Tally,
  userActivityAgg,
  userContentConsumption,
  userEnrolments,
} from '@millrace/reconciliation/parts';
import { SetupError } from '@millrace/core';
import { defineJob, jobOptions } from '@millrace/runner';
import type { Job, JobContext } from '@millrace/runner';
import { variables } from './config.js';
import type { Variables } from './config.js';
import { isOwnAudit } from './own-audit.js';
import { embeddedProgressStore } from './embedded-progress-store.js';
import { writeSample } from './sample.js';
import { buildTopology } from './topology.js';

const JOB_NAME = 'activity-aggregate-updater';

async function create(context: JobContext<Variables>): Promise<Job> {
  const { config, clock, embedded } = context;
  if (embedded === undefined)
    throw new SetupError('ERR_EMBEDDED_ONLY', `${JOB_NAME} runs on an embedded store only: give --embedded DIR`);
  const platform = embeddedPlatform(embedded, context);
  const tally = new Tally();
  return {
    graph: buildTopology({
      source: platform.source,
      sinks: platform.sinks,
      stores: platform.stores,
      progress: embeddedProgressStore(() => platform.opened()),
      options: {
        ...reconciliationOptions(config, platform.maxFailedBytes),
        jobName: JOB_NAME,
        windowSize: config.get('threshold.batch.read.size'),
        windowTimeoutMs: Math.round(config.get('threshold.batch.read.interval') * 1_000),
        dedupExpiryMs: config.get('dedup.expiry') * 1_000,
      },
      classify: platform.classify,
      tally,
      clock,
    }),
    options: { ...jobOptions(config), stateBackend: embeddedStateBackend({ store: () => platform.opened() }) },
    connect: (signal) => platform.connect(signal),
    close: () => platform.close(),
    summary: () => ({ ...tally.counts() }),
  };
}

/** The job as the `millrace` command sees it. */
export const activityAggregateUpdater = defineJob({
  name: JOB_NAME,
  variables,
  check: checkReconciliationConfig,
  create,
  dataset: createDatasetCommands({
    tables: [
      ['consumption', { ...userContentConsumption, dumped: ['status', 'viewcount', 'completedcount'] }],
      ['enrolments', userEnrolments],
      ['aggregates', userActivityAgg],
    ],
    isOwnAudit,
  }),
  sample: writeSample,
});
