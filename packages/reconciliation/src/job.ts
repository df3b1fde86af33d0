import type { JobDefinition } from '@millrace/runner';
import { reconciliationCommands } from './commands/index.js';
import { reconciliationVariables } from './config.js';
import type { ReconciliationVariables } from './config.js';
import { reconciliationDataset } from './dataset-commands.js';
import { JOB_NAME } from './job-name.js';
import { reconciliationOptions } from './options.js';
import { reconciliationPlatform } from './platform/platform.js';
import { defineTableJob } from './table-job.js';
import { buildTopology } from './topology.js';

/** Records in flight by enrolment in work: those that wait for their turn count too. */
const RECORDS_PER_ENROLMENT = 4;

/** The job as the `millrace` command sees it. */
export const reconciliationJob: JobDefinition<ReconciliationVariables> = defineTableJob<ReconciliationVariables>({
  ...reconciliationDataset,
  name: JOB_NAME,
  variables: reconciliationVariables,
  sample: async (options) => (await import('./sample/write-sample.js')).writeSample(options),
  commands: reconciliationCommands,

  async build(context, tally) {
    const { config, clock } = context;
    const platform = await reconciliationPlatform(context);
    const maxInFlight = config.get('task.max-in-flight');
    const options = reconciliationOptions(config, platform.maxFailedBytes);
    return {
      platform,
      graph: buildTopology({ ...platform, options, tally, clock }),
      options: {
        maxInFlightPerTask: Math.max(1_024, maxInFlight * RECORDS_PER_ENROLMENT),
        maxInFlight: Math.max(16_384, maxInFlight * RECORDS_PER_ENROLMENT),
      },
    };
  },
});
