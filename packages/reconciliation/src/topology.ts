import type { StreamGraph } from '@millrace/core';
import { coalesce, keyText } from './domain/requests.js';
import { parseRecord } from './domain/parse.js';
import type { StageOptions } from './options.js';
import type { AggregateOptions } from './stages/aggregate.js';
import { recompute, writeOutputs } from './recompute.js';
import { readRequests } from './requests-stream.js';
import type { JobParts } from './requests-stream.js';
import { FAILED } from './stages/tags.js';
import type { Stores } from './stores/ports.js';

/** How the job behaves; the names in the configuration are in brackets. */
export interface ReconciliationOptions extends AggregateOptions, StageOptions {
  /** Whether fewer enrolments are in work at once while the services are slow [task.adaptive-in-flight]. @default false */
  readonly adaptiveInFlight?: boolean;
}

/** What the graph of the job is built of. */
export type TopologyOptions<O extends ReconciliationOptions = ReconciliationOptions> = JobParts<
  'certificates' | 'audit',
  Stores,
  O
>;

/** The job as a graph, stage by stage. Does no I/O. */
export function buildTopology(topology: TopologyOptions): StreamGraph {
  const { sinks, stores, options } = topology;
  const input = { uid: 'sync-requests', name: 'sync requests' };
  const { env, requests, ...shared } = readRequests(topology, input, parseRecord);
  const groups = requests.keyBy(keyText).admit({
    uid: 'key-by-enrolment',
    name: 'key by enrolment',
    capacity: options.maxInFlight,
    adaptive: options.adaptiveInFlight ?? false,
    coalesce,
  });
  const recomputed = recompute(groups, { stores, options, ...shared });

  writeOutputs(recomputed, sinks, { failed: [requests.getSideOutput(FAILED)] });
  return env.getStreamGraph();
}
