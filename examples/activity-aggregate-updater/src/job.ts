import {
  defineTableJob,
  ownAudits,
  reconciliationOptions,
  reconciliationPlatform,
  reconciliationTopicVariables,
  userActivityAgg,
  userEnrolments,
} from '@millrace/reconciliation/parts';
import { variables } from './config.js';
import type { Variables } from './config.js';
import { consumptionTable, contentProgressStore } from './progress-store.js';
import { writeSample } from './sample.js';
import { buildTopology } from './topology.js';

const name = 'activity-aggregate-updater';
const tables = [consumptionTable, userEnrolments, userActivityAgg];

/** The job as the `millrace` command sees it. */
export const activityAggregateUpdater = defineTableJob<Variables>({
  name,
  variables,
  topics: reconciliationTopicVariables,
  loaded: tables,
  dumped: [
    ['consumption', consumptionTable],
    ['enrolments', userEnrolments],
    ['aggregates', userActivityAgg],
  ],
  own: { audit: ownAudits('start', 'complete', 'enrol-complete') },
  sample: writeSample,

  async build(context, tally) {
    const { config, clock } = context;
    const platform = await reconciliationPlatform({ ...context, tables });
    const options = {
      ...reconciliationOptions(config, platform.maxFailedBytes, name),
      windowSize: config.get('threshold.batch.read.size'),
      windowTimeoutMs: Math.round(config.get('threshold.batch.read.interval') * 1_000),
      dedupExpiryMs: config.get('dedup.expiry') * 1_000,
    };
    const progress = contentProgressStore(platform.tables);
    return { platform, graph: buildTopology({ ...platform, progress, options, tally, clock }) };
  },
});
