import { AsyncDataStream, StreamExecutionEnvironment, systemClock } from '@millrace/core';
import type { StreamGraph } from '@millrace/core';
import {
  asyncStage,
  AUDIT,
  createWriteClock,
  DeserializeFunction,
  FAILED,
  keyOf,
  keyText,
  recompute,
  Tally,
  writeOutputs,
} from '@millrace/reconciliation/parts';
import type {
  FailureOptions,
  ReconciliationOptions,
  TopologyOptions,
  WriteClock,
} from '@millrace/reconciliation/parts';
import { ConsumptionFunction } from './consumption-function.js';
import type { ContentProgressStore } from './content-progress.js';
import { dedupFunction } from './dedup-function.js';
import { parseUpdate } from './update-request.js';
import type { UpdateGroup, UpdateRequest } from './update-request.js';

/** How the job behaves, beside what it shares with the reconciliation job. */
export interface UpdaterOptions extends ReconciliationOptions {
  /** Events of an enrolment that fill a window. */
  readonly windowSize: number;
  /** Milliseconds that the first of them waits for the others. */
  readonly windowTimeoutMs: number;
  /** Milliseconds for which a completed content is remembered. Too short, and a repeated event counts twice. */
  readonly dedupExpiryMs: number;
}

/** What the graph is built of. The source is partitioned by the learner. */
export interface UpdaterTopology extends TopologyOptions<UpdaterOptions> {
  readonly progress: (writeClock: WriteClock) => ContentProgressStore;
}

/** The job as a graph. Does no I/O. */
export function buildTopology(topology: UpdaterTopology): StreamGraph {
  const { source, sinks, stores, options, classify, tally = new Tally(), clock = systemClock } = topology;
  const writeClock = createWriteClock(() => clock.now());
  const records = { jobName: options.jobName, maxBytes: options.failedMaxBytes };
  const failures: FailureOptions = { records, classify, tally };

  const env = new StreamExecutionEnvironment({ jobName: options.jobName });
  const parsed = env
    .fromSource(source, { uid: 'enrolment-updates', name: 'enrolment updates' })
    .process(new DeserializeFunction<UpdateRequest>(records, tally, parseUpdate), {
      uid: 'deserialize',
      sideOutputs: [FAILED],
    });
  const groups = parsed
    .keyBy(keyText, { name: 'by enrolment' })
    .process(() => dedupFunction(options.dedupExpiryMs, () => tally.add('skipped')), { uid: 'dedup' })
    .keyBy(keyText, { name: 'by enrolment', preservesPartitioning: true })
    .countWindow(options.windowSize)
    .orTimeout(options.windowTimeoutMs)
    .process<UpdateGroup>(
      {
        process(_enrolment, _context, elements, out) {
          const [first, ...rest] = elements;
          if (first !== undefined) out.collect({ ...keyOf(first), requests: [first, ...rest] });
        },
      },
      { uid: 'window' },
    )
    .keyBy(keyText)
    .admit({ uid: 'key-by-enrolment', name: 'key by enrolment', capacity: options.maxInFlight, coalesce: oneGroup });
  const consumption = new ConsumptionFunction(topology.progress(writeClock), failures);
  const consumed = AsyncDataStream.unorderedWait(groups, consumption, {
    ...asyncStage(options),
    uid: 'consumption',
    errors: consumption.errors,
  });
  writeOutputs(recompute(consumed, { stores, options, failures, clock, writeClock }), sinks, {
    audit: [consumed.getSideOutput(AUDIT)],
    failed: [parsed.getSideOutput(FAILED), consumed.getSideOutput(FAILED)],
  });
  return env.getStreamGraph();
}

/** Windows of one enrolment that wait for the one before become one update. */
function oneGroup([first, ...rest]: readonly [UpdateGroup, ...UpdateGroup[]]): UpdateGroup {
  return { ...first, requests: [...first.requests, ...rest.flatMap(({ requests }) => requests)] };
}
