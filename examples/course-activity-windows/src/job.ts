import { defineJob, jobOptions } from '@millrace/runner';
import type { Job, JobContext } from '@millrace/runner';
import { variables } from './config.js';
import type { Variables } from './config.js';
import { datasetCommands } from './dataset.js';
import type { Platform } from './platform.js';
import { writeSample } from './sample.js';
import { buildTopology } from './topology.js';

async function platformOf(context: JobContext<Variables>): Promise<Platform> {
  if (context.embedded !== undefined) {
    const { embeddedPlatform } = await import('./embedded-platform.js');
    return embeddedPlatform(context.embedded, context);
  }
  const { servicePlatform } = await import('./service-platform.js');
  return servicePlatform(context);
}

async function create(context: JobContext<Variables>): Promise<Job> {
  const { config } = context;
  const platform = await platformOf(context);
  const counts = { processed: 0, skipped: 0, failed: 0, coalesced: 0, late: 0, sessions: 0, windows: 0 };
  const ms = (name: `window.${string}` & keyof Variables): number => config.get(name) * 1_000;
  return {
    graph: buildTopology({
      source: platform.source,
      through: platform.through,
      writers: config.get('kafka.partitions'),
      sinks: platform.sinks,
      times: {
        outOfOrderness: ms('window.out-of-orderness'),
        sessionGap: ms('window.session.gap'),
        window: ms('window.length'),
        allowedLateness: ms('window.allowed-lateness'),
        idleness: ms('window.idleness'),
      },
      count: (what) => {
        counts[what] += 1;
      },
    }),
    options: { ...jobOptions(config), stateBackend: platform.stateBackend },
    connect: (signal) => platform.connect(signal),
    close: () => platform.close(),
    summary: () => ({ ...counts }),
  };
}

/** The job as the `millrace` command sees it. */
export const courseActivityWindows = defineJob({
  name: 'course-activity-windows',
  variables,
  create,
  dataset: datasetCommands,
  sample: writeSample,
});
