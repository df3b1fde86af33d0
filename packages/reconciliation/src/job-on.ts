import type { JobOptions, StreamGraph } from '@millrace/core';
import type { Job } from '@millrace/runner';
import type { JobPlatform } from './platform/job-platform.js';
import type { Tally } from './stages/tally.js';

/** A job that stands on a platform. */
export function jobOn(
  platform: Pick<JobPlatform<string>, 'connect' | 'close'>,
  { graph, options, tally }: { readonly graph: StreamGraph; readonly options: JobOptions; readonly tally: Tally },
): Job {
  return {
    graph,
    options,
    connect: (signal) => platform.connect(signal),
    close: () => platform.close(),
    summary: () => ({ ...tally.counts() }),
  };
}
