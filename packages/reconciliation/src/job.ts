import type { Job, JobContext, JobDefinition } from '@millrace/runner';
import { defineJob, jobOptions } from '@millrace/runner';
import { reconciliationCommands } from './commands/index.js';
import type { ReconciliationVariables } from './config.js';
import { checkReconciliationConfig, reconciliationVariables } from './config.js';
import { datasetCommands } from './dataset-commands.js';
import { jobOn } from './job-on.js';
import { JOB_NAME } from './job-name.js';
import { reconciliationOptions } from './options.js';
import { reconciliationPlatform } from './platform/platform.js';
import { writeSample } from './sample/write-sample.js';
import { Tally } from './stages/tally.js';
import { buildTopology } from './topology.js';

/** Records in flight by enrolment in work: those that wait for their turn count too. */
const RECORDS_PER_ENROLMENT = 4;

/** The job as the `millrace` command sees it. */
export const reconciliationJob: JobDefinition<ReconciliationVariables> = defineJob({
  name: JOB_NAME,
  variables: reconciliationVariables,
  check: checkReconciliationConfig,
  create,
  dataset: datasetCommands,
  sample: writeSample,
  commands: reconciliationCommands,
});

async function create(context: JobContext<ReconciliationVariables>): Promise<Job> {
  const { config, clock } = context;
  const platform = await reconciliationPlatform(context);
  const tally = new Tally();
  const maxInFlight = config.get('task.max-in-flight');
  return jobOn(platform, {
    graph: buildTopology({
      source: platform.source,
      sinks: platform.sinks,
      stores: platform.stores,
      options: reconciliationOptions(config, platform.maxFailedBytes),
      classify: platform.classify,
      tally,
      clock,
    }),
    options: {
      ...jobOptions(config),
      maxInFlightPerTask: Math.max(1_024, maxInFlight * RECORDS_PER_ENROLMENT),
      maxInFlight: Math.max(16_384, maxInFlight * RECORDS_PER_ENROLMENT),
    },
    tally,
  });
}
