import { InMemoryMetrics } from '@millrace/core';
import type { Clock, ErrorClassifier } from '@millrace/core';
import type { Failure } from '../domain/codes.js';
import { decideFilter } from '../domain/filter.js';
import type { FilterDecision } from '../domain/filter.js';
import type { SyncRequest } from '../domain/model.js';
import { coalesce } from '../domain/requests.js';
import { createWriteClock } from '../domain/write-clock.js';
import { AggregateFunction } from '../stages/aggregate.js';
import type { AggregateOptions } from '../stages/aggregate.js';
import type { AggregatedGroup, Announcement, FilteredGroup, PersistedGroup } from '../stages/elements.js';
import { FilterFunction } from '../stages/filter.js';
import { PersistFunction } from '../stages/persist.js';
import type { FailureOptions, StageFailures } from '../stages/stage-failures.js';
import { Tally } from '../stages/tally.js';
import type { Stores } from '../stores/ports.js';
import { caughtStores } from './caught-stores.js';
import type { Caught } from './caught-stores.js';

export interface TrialOptions {
  readonly stores: Stores;
  /** The job's own; `missingWaitMs` 0 believes missing leaf nodes at once. */
  readonly options: AggregateOptions;
  /** Who is to blame for an error of a store. */
  readonly classify: ErrorClassifier;
  readonly clock: Clock;
}

/** What the job would do with one request. */
export interface TrialResult extends Readonly<Caught> {
  /** Of stage 3; undefined where the row could not be read. */
  readonly decision: FilterDecision | undefined;
  /** What the failed event would say. */
  readonly failure: Failure | undefined;
  /** The completion that the world would be told of. */
  readonly announcement: Announcement | undefined;
}

/** Nothing of a trial is counted. */
const metrics = new InMemoryMetrics();

/** The job makes its failed events of more than is asked here. */
const NO_RECORDS = { jobName: '', maxBytes: Number.POSITIVE_INFINITY };

/**
 * Takes one request through the job's own stages 3 to 5, on stores whose writes are caught: what comes out is what the
 * job would do with it now, by the same code. Writes nothing.
 *
 * @throws errors of the infrastructure, which the job would wait out
 */
export async function tryRequest(
  request: SyncRequest,
  { stores, options, classify, clock }: TrialOptions,
  signal: AbortSignal,
): Promise<TrialResult> {
  const caught: Caught = {};
  const writes = caughtStores(stores, caught);
  const failures: FailureOptions = { records: NO_RECORDS, classify, tally: new Tally() };
  const writeClock = createWriteClock(() => clock.now());
  const filter = new FilterFunction(writes.enrolments, options, failures);
  const aggregate = new AggregateFunction(writes, options, failures, clock, writeClock);
  const persist = new PersistFunction(writes, failures, writeClock);
  for (const stage of [filter, aggregate, persist]) stage.open({ metrics });

  const done: PersistedGroup[] = [];
  const onward = {
    persist: async (group: AggregatedGroup): Promise<void> => {
      done.push(...(await judged(persist.errors, () => persist.asyncInvoke(group))));
    },
    aggregate: async (group: FilteredGroup): Promise<void> => {
      const context = { signal, emitAcknowledged: onward.persist };
      for (const each of await judged(aggregate.errors, () => aggregate.asyncInvoke(group, context))) {
        await onward.persist(each);
      }
    },
  };
  let failure: Failure | undefined;
  try {
    const group = coalesce([request]);
    const context = { emitAcknowledged: onward.aggregate };
    for (const each of await judged(filter.errors, () => filter.asyncInvoke(group, context))) {
      await onward.aggregate(each);
    }
  } catch (error) {
    if (!(error instanceof FailedRequest)) throw error;
    failure = error.failure;
  }
  const { row } = caught;
  return {
    ...caught,
    decision: row === undefined ? undefined : decideFilter(row ?? undefined, [request], options),
    failure,
    announcement: done.find((group) => group.kind === 'announcement'),
  };
}

/** Carries what the failed event would say out of the stages. */
class FailedRequest extends Error {
  constructor(readonly failure: Failure) {
    super(failure.error);
  }
}

async function judged<T>(errors: StageFailures, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof FailedRequest) throw error;
    const failure = errors.failureOf(error, 1);
    throw failure === undefined ? error : new FailedRequest(failure);
  }
}
