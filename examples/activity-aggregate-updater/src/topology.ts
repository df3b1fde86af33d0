import { AsyncDataStream } from '@millrace/core';
import type { StreamGraph } from '@millrace/core';
import {
  asyncStage,
  AUDIT,
  FAILED,
  keyOf,
  keyText,
  readRequests,
  recompute,
  writeOutputs,
} from '@millrace/reconciliation/parts';
import type { ReconciliationOptions, TopologyOptions } from '@millrace/reconciliation/parts';
import { ConsumptionFunction } from './consumption-function.js';
import type { ContentProgressStore } from './content-progress.js';
import { dedupFunction } from './dedup-function.js';
import { parseUpdate } from './update-request.js';
import type { UpdateGroup } from './update-request.js';

/** How the job behaves, beside what it shares with the reconciliation job. */
export interface UpdaterOptions extends ReconciliationOptions {
  /** Events of an enrolment that fill a window. */
  readonly windowSize: number;
  /** Milliseconds that the first of them waits for the others. */
  readonly windowTimeoutMs: number;
  /** Milliseconds for which a completed content is remembered. Too short, and a repeated event counts twice. */
  readonly dedupExpiryMs: number;
}

/** What the graph is built of. */
export interface UpdaterTopology extends TopologyOptions<UpdaterOptions> {
  readonly progress: ContentProgressStore;
}

/** The job as a graph. Does no I/O. */
export function buildTopology(topology: UpdaterTopology): StreamGraph {
  const { sinks, stores, options } = topology;
  const input = { uid: 'enrolment-updates', name: 'enrolment updates' };
  const { env, requests, ...shared } = readRequests(topology, input, parseUpdate);
  const { failures, writeClock } = shared;
  const groups = requests
    .keyBy(keyText, { name: 'by enrolment' })
    .process(() => dedupFunction(options.dedupExpiryMs, () => failures.tally.add('skipped')), { uid: 'dedup' })
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
  const consumption = new ConsumptionFunction(topology.progress, failures, writeClock);
  const consumed = AsyncDataStream.unorderedWait(groups, consumption, {
    ...asyncStage(options),
    uid: 'consumption',
    errors: consumption.errors,
  });
  writeOutputs(recompute(consumed, { stores, options, ...shared }), sinks, {
    audit: [consumed.getSideOutput(AUDIT)],
    failed: [requests.getSideOutput(FAILED), consumed.getSideOutput(FAILED)],
  });
  return env.getStreamGraph();
}

/** Windows of one enrolment that wait for the one before become one update. */
function oneGroup([first, ...rest]: readonly [UpdateGroup, ...UpdateGroup[]]): UpdateGroup {
  return { ...first, requests: [...first.requests, ...rest.flatMap(({ requests }) => requests)] };
}
