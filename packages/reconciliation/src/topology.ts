import { StreamExecutionEnvironment, systemClock } from '@millrace/core';
import type { Clock, ConsumerRecord, ErrorClassifier, Source, StreamGraph } from '@millrace/core';
import { coalesce, keyText } from './domain/requests.js';
import { parseRecord } from './domain/parse.js';
import { createWriteClock } from './domain/write-clock.js';
import type { AggregateOptions } from './stages/aggregate.js';
import { recompute, writeOutputs } from './recompute.js';
import type { OutputSinks } from './recompute.js';
import { DeserializeFunction } from './stages/deserialize.js';
import type { FailureOptions } from './stages/stage-failures.js';
import { FAILED } from './stages/tags.js';
import { Tally } from './stages/tally.js';
import type { Stores } from './stores/ports.js';

/** How the job behaves; the names in the configuration are in brackets. */
export interface ReconciliationOptions extends AggregateOptions {
  /** Stands in failed events. */
  readonly jobName: string;
  /** Largest failed event in bytes, key and headers included [kafka.failed.max.bytes]; at least 262,144. */
  readonly failedMaxBytes: number;
  /** Enrolments in work at once in this process [task.max-in-flight]. */
  readonly maxInFlight: number;
  /** Whether fewer are while the services are slow [task.adaptive-in-flight]. @default false */
  readonly adaptiveInFlight?: boolean;
  /** Milliseconds for which an outage is waited out in place before a restart counts [task.retry.timeout]. */
  readonly retryTimeoutMs: number;
}

/** What the graph of the job is built of. */
export interface TopologyOptions<O extends ReconciliationOptions = ReconciliationOptions> {
  readonly source: Source<ConsumerRecord>;
  readonly sinks: OutputSinks;
  readonly stores: Stores;
  readonly options: O;
  /** Who is to blame for an error of a store. */
  readonly classify: ErrorClassifier;
  /** Filled while the job runs. @default a new one that nobody sees */
  readonly tally?: Tally;
  /** @default the process's */
  readonly clock?: Clock;
}

/** The job as a graph, stage by stage. Does no I/O. */
export function buildTopology(topology: TopologyOptions): StreamGraph {
  const { source, sinks, stores, options, classify } = topology;
  const tally = topology.tally ?? new Tally();
  const clock = topology.clock ?? systemClock;
  const writeClock = createWriteClock(() => clock.now());
  const records = { jobName: options.jobName, maxBytes: options.failedMaxBytes };
  const failures: FailureOptions = { records, classify, tally };

  const env = new StreamExecutionEnvironment({ jobName: options.jobName });
  const parsed = env
    .fromSource(source, { uid: 'sync-requests', name: 'sync requests' })
    .process(new DeserializeFunction(records, tally, parseRecord), { uid: 'deserialize', sideOutputs: [FAILED] });
  const groups = parsed.keyBy(keyText).admit({
    uid: 'key-by-enrolment',
    name: 'key by enrolment',
    capacity: options.maxInFlight,
    adaptive: options.adaptiveInFlight ?? false,
    coalesce,
  });
  const recomputed = recompute(groups, { stores, options, failures, clock, writeClock });

  writeOutputs(recomputed, sinks, { failed: [parsed.getSideOutput(FAILED)] });
  return env.getStreamGraph();
}
