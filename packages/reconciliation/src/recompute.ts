import { AsyncDataStream, retryInPlace } from '@millrace/core';
import type { Clock, DataStream, SingleOutputStream } from '@millrace/core';
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

/** What the stages of a recompute work with. */
export interface RecomputeOptions {
  readonly stores: Stores;
  readonly options: AggregateOptions & {
    /** Enrolments in work at once in this process. */
    readonly maxInFlight: number;
    /** Milliseconds for which an outage is waited out in place before a restart counts. */
    readonly retryTimeoutMs: number;
  };
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
  const asynchronous = {
    capacity: options.maxInFlight,
    retryStrategy: retryInPlace({ timeoutMs: options.retryTimeoutMs, maxDelayMs: 5_000 }),
  };
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
