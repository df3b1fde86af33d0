import type { JobOptions, StreamGraph } from '@millrace/core';
import { defineJob, jobOptions } from '@millrace/runner';
import type { JobContext, JobDefinition } from '@millrace/runner';
import { createDatasetCommands } from './dataset-commands.js';
import type { DatasetDefinition } from './dataset-commands.js';
import { checkPlatformConfig } from './platform-config.js';
import type { PlatformVariables } from './platform-config.js';
import type { JobPlatform } from './platform/job-platform.js';
import { Tally } from './stages/tally.js';

/** A job of this family, built for one run of the process. */
export interface TableJob {
  readonly platform: Pick<JobPlatform<string>, 'connect' | 'close' | 'stateBackend'>;
  readonly graph: StreamGraph;
  /** Beside those that the configuration says. */
  readonly options?: JobOptions;
}

/** What makes a job of this family: its configuration, its graph, and what its data sets are made of. */
export interface TableJobDefinition<V extends PlatformVariables>
  extends Pick<JobDefinition<V>, 'name' | 'variables' | 'sample' | 'commands'>, DatasetDefinition {
  /** Builds the job. Does no I/O but for loading modules. @param tally what its stages count */
  readonly build: (context: JobContext<V>, tally: Tally) => Promise<TableJob>;
}

/** Makes a job on the tables, sets and topics of a platform: what all jobs of this family do alike is in here. */
export function defineTableJob<V extends PlatformVariables>(definition: TableJobDefinition<V>): JobDefinition<V> {
  const { name, variables, sample, commands, build, ...dataset } = definition;
  return defineJob<V>({
    ...{ name, variables },
    ...(sample === undefined ? {} : { sample }),
    ...(commands === undefined ? {} : { commands }),
    check: (config) => checkPlatformConfig(config, dataset.topics),
    dataset: createDatasetCommands<V>(dataset),
    async create(context) {
      const tally = new Tally();
      const { platform, graph, options } = await build(context, tally);
      const { stateBackend } = platform;
      return {
        graph,
        options: { ...jobOptions(context.config), ...(graph.isStateful ? { stateBackend } : {}), ...options },
        connect: (signal) => platform.connect(signal),
        close: () => platform.close(),
        summary: () => ({ ...tally.counts() }),
      };
    },
  });
}
