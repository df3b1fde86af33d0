import { AsyncDataStream, retryInPlace, StreamExecutionEnvironment } from '@millrace/core';
import type { Clock, ConsumerRecord, ErrorClassifier, ProducerRecord, Sink, Source, StreamGraph } from '@millrace/core';
import {
  AUDIT,
  CERTIFICATES,
  createWriteClock,
  DeserializeFunction,
  FAILED,
  keyOf,
  keyText,
  recompute,
} from '@millrace/reconciliation/parts';
import type {
  FailedRecord,
  FailureOptions,
  ReconciliationOptions,
  Stores,
  Tally,
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

/** What the graph is built of. */
export interface TopologyOptions {
  /** Partitioned by the learner. */
  readonly source: Source<ConsumerRecord>;
  readonly sinks: {
    readonly certificates: Sink<ProducerRecord>;
    readonly audit: Sink<ProducerRecord>;
    readonly failed: Sink<FailedRecord>;
  };
  readonly stores: Stores;
  readonly progress: ContentProgressStore;
  readonly options: UpdaterOptions;
  /** Who is to blame for an error of a store. */
  readonly classify: ErrorClassifier;
  readonly tally: Tally;
  readonly clock: Clock;
}

/** The job as a graph. Does no I/O. */
export function buildTopology(topology: TopologyOptions): StreamGraph {
  const { source, sinks, stores, options, classify, tally, clock } = topology;
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
  const consumption = new ConsumptionFunction(topology.progress, failures, writeClock);
  const consumed = AsyncDataStream.unorderedWait(groups, consumption, {
    capacity: options.maxInFlight,
    retryStrategy: retryInPlace({ timeoutMs: options.retryTimeoutMs, maxDelayMs: 5_000 }),
    uid: 'consumption',
    errors: consumption.errors,
  });
  const { outputs, failed } = recompute(consumed, { stores, options, failures, clock, writeClock });

  outputs.getSideOutput(CERTIFICATES).sinkTo(sinks.certificates, { uid: 'certificates', name: 'certificate requests' });
  outputs
    .getSideOutput(AUDIT)
    .union(consumed.getSideOutput(AUDIT))
    .sinkTo(sinks.audit, { uid: 'audit', name: 'audit events' });
  parsed
    .getSideOutput(FAILED)
    .union(consumed.getSideOutput(FAILED), ...failed)
    .sinkTo(sinks.failed, { uid: 'failed', name: 'failed events' });
  return env.getStreamGraph();
}

/** Windows of one enrolment that wait for the one before become one update. */
function oneGroup([first, ...rest]: readonly [UpdateGroup, ...UpdateGroup[]]): UpdateGroup {
  return { ...first, requests: [...first.requests, ...rest.flatMap(({ requests }) => requests)] };
}
