import { defineJob, jobOptions } from '@millrace/runner';
import type { Job, JobContext } from '@millrace/runner';
import { variables } from './config.js';
import type { Variables } from './config.js';
import { datasetCommands } from './dataset.js';
import { embeddedFolder, embeddedPlatform } from './embedded-platform.js';
import { writeSample } from './sample.js';
import { buildTopology, JOB_NAME } from './topology.js';

function create(context: JobContext<Variables>): Promise<Job> {
  const { config, clock } = context;
  const platform = embeddedPlatform(embeddedFolder(context), context);
  const counts = { processed: 0, skipped: 0, failed: 0, coalesced: 0, certificates: 0 };
  return Promise.resolve({
    graph: buildTopology({
      ...platform,
      aggregateType: config.get('user.activity.agg.type'),
      clock,
      count: (what) => {
        counts[what] += 1;
      },
    }),
    options: jobOptions(config),
    connect: (signal) => platform.connect(signal),
    close: () => platform.close(),
    summary: () => ({ ...counts }),
  });
}

/** The job as the `millrace` command sees it. */
export const assessmentAggregator = defineJob({
  name: JOB_NAME,
  variables,
  create,
  dataset: datasetCommands,
  sample: writeSample,
});
