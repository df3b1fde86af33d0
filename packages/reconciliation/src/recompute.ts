import { AsyncDataStream, retryInPlace } from '@millrace/core';
import type { AsyncRetryStrategy, Clock, DataStream, ProducerRecord, SingleOutputStream, Sink } from '@millrace/core';
import type { FailedRecord } from './domain/failed-record.js';
import type { RequestGroup } from './domain/model.js';
import { createOutputEvents } from './domain/output-events.js';
import type { WriteClock } from './domain/write-clock.js';
import { AggregateFunction } from './stages/aggregate.js';
import type { AggregateOptions } from './stages/aggregate.js';
import { FilterFunction } from './stages/filter.js';
import { nameUuid } from './name-uuid.js';
import { OutputsFunction } from './stages/outputs.js';
import { PersistFunction } from './stages/persist.js';
import type { FailureOptions } from './stages/stage-failures.js';
import { AUDIT, CERTIFICATES, FAILED } from './stages/tags.js';
import type { Stores } from './stores/ports.js';

/** How a stage works with the stores. */
export interface AsyncStageOptions {
  /** Keys in work at once in this process [task.max-in-flight]. */
  readonly maxInFlight: number;
  /** Milliseconds for which an outage is waited out in place before a restart counts [task.retry.timeout]. */
  readonly retryTimeoutMs: number;
}

/**
 * Between two tries in an outage. A record of a course whose leaf nodes are missing waits for them after it (5 s), and
 * may be the first of its partition: with more of a pause work would not go on within 10 s of a service's return.
 */
const LONGEST_PAUSE_MS = 2_000;

/** The options of an asynchronous operator that works with the stores. */
export function asyncStage(options: AsyncStageOptions): {
  readonly capacity: number;
  readonly retryStrategy: AsyncRetryStrategy;
} {
  return {
    capacity: options.maxInFlight,
    retryStrategy: retryInPlace({ timeoutMs: options.retryTimeoutMs, maxDelayMs: LONGEST_PAUSE_MS }),
  };
}

/** What the stages of a recompute work with. */
export interface RecomputeOptions {
  readonly stores: Stores;
  readonly options: AggregateOptions & AsyncStageOptions;
  readonly failures: FailureOptions;
  readonly clock: Clock;
  /** One for the process: also of what else writes the tables. */
  readonly writeClock: WriteClock;
}

/** The streams behind a recompute. */
export interface Recomputed {
  /** Has the side outputs `CERTIFICATES` and `AUDIT`. */
  readonly outputs: SingleOutputStream<never>;
  readonly failed: readonly DataStream<FailedRecord>[];
}

/**
 * Stages 3 to 6: each enrolment is read, recomputed from its consumption, written and, where it became complete, told
 * of. A group's enrolment must not be in work twice at once: `admit` goes before.
 */
export function recompute(groups: DataStream<RequestGroup>, recomputing: RecomputeOptions): Recomputed {
  const { stores, options, failures, clock, writeClock } = recomputing;
  const asynchronous = asyncStage(options);
  const filter = new FilterFunction(stores.enrolments, options, failures);
  const filtered = AsyncDataStream.unorderedWait(groups, filter, {
    ...asynchronous,
    uid: 'filter',
    errors: filter.errors,
  });
  const aggregate = new AggregateFunction(stores, options, failures, clock, writeClock);
  const aggregated = AsyncDataStream.unorderedWait(filtered, aggregate, {
    ...asynchronous,
    uid: 'aggregate',
    errors: aggregate.errors,
  });
  const persist = new PersistFunction(stores, failures, writeClock);
  const persisted = AsyncDataStream.unorderedWait(aggregated, persist, {
    ...asynchronous,
    uid: 'persist',
    errors: persist.errors,
  });
  const outputs = persisted.process(new OutputsFunction(createOutputEvents(nameUuid), failures.tally), {
    uid: 'outputs',
    sideOutputs: [CERTIFICATES, AUDIT],
  });
  return { outputs, failed: [filtered, aggregated, persisted].map((stream) => stream.getSideOutput(FAILED)) };
}

/** Where a job of this family writes what it has to tell. */
export interface OutputSinks {
  readonly certificates: Sink<ProducerRecord>;
  readonly audit: Sink<ProducerRecord>;
  /** Where the broker calls a record too large, its `truncated()` is to be written in its place. */
  readonly failed: Sink<FailedRecord>;
}

/**
 * Writes what a recompute tells, and what the stages before it tell.
 *
 * @param before side outputs of the stages before
 */
export function writeOutputs(
  { outputs, failed }: Recomputed,
  sinks: OutputSinks,
  before: {
    readonly audit?: readonly DataStream<ProducerRecord>[];
    readonly failed: readonly [DataStream<FailedRecord>, ...DataStream<FailedRecord>[]];
  },
): void {
  outputs.getSideOutput(CERTIFICATES).sinkTo(sinks.certificates, { uid: 'certificates', name: 'certificate requests' });
  const audit = outputs.getSideOutput(AUDIT);
  const { audit: audits = [] } = before;
  (audits.length === 0 ? audit : audit.union(...audits)).sinkTo(sinks.audit, { uid: 'audit', name: 'audit events' });
  const [first, ...others] = before.failed;
  first.union(...others, ...failed).sinkTo(sinks.failed, { uid: 'failed', name: 'failed events' });
}
