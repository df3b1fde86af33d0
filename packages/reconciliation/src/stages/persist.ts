import { failPoint } from '@millrace/core';
import type { AsyncFunction, Counter, RuntimeContext } from '@millrace/core';
import type { EnrolmentUpdate } from '../domain/model.js';
import type { WriteClock } from '../domain/write-clock.js';
import type { Stores } from '../stores/ports.js';
import { partOf } from './elements.js';
import type { AggregatedGroup, Computed, PersistedGroup } from './elements.js';
import { StageFailures } from './stage-failures.js';
import type { FailureOptions } from './stage-failures.js';
import type { Tally } from './tally.js';

/**
 * Stage 5: writes the aggregates and, when all of them are acknowledged, the enrolment. A completion goes on as an
 * announcement, so nothing is announced that is not stored. What was not computed passes.
 */
export class PersistFunction implements AsyncFunction<AggregatedGroup, PersistedGroup> {
  /** To be given to the operator. */
  readonly errors: StageFailures;
  readonly #stores: Pick<Stores, 'aggregates' | 'enrolments'>;
  readonly #tally: Tally;
  readonly #writeClock: WriteClock;
  #updates!: Counter;
  #completed!: Counter;

  constructor(stores: Pick<Stores, 'aggregates' | 'enrolments'>, failures: FailureOptions, writeClock: WriteClock) {
    this.#stores = stores;
    this.errors = new StageFailures('persist', failures);
    this.#tally = failures.tally;
    this.#writeClock = writeClock;
  }

  open({ metrics }: Pick<RuntimeContext, 'metrics'>): void {
    this.errors.open(metrics);
    this.#updates = metrics.counter('db-update-count', 'Statements that the database has acknowledged');
    this.#completed = metrics.counter('enrolment-complete-count', 'Enrolments written as completed');
  }

  async asyncInvoke(input: AggregatedGroup): Promise<readonly PersistedGroup[]> {
    if (input.kind !== 'computed') return [input];
    failPoint('reconciliation-aggregated');
    await this.#stores.aggregates.merge(input.aggregates, input.update.datetime, input.aggregatesAt);
    failPoint('reconciliation-aggregates-written');
    this.#updates.inc(input.aggregates.length);
    await this.#stores.enrolments.write(this.#enrolmentUpdate(input));
    failPoint('reconciliation-enrolment-written');
    if (input.completion === undefined) {
      this.#updates.inc();
      return [{ kind: 'settled', ...partOf(input) }];
    }
    // Progress under the time of reading, status and completedon under the time of writing.
    this.#updates.inc(2);
    this.#completed.inc();
    this.#tally.add('completed');
    if (input.afterReplay) return [{ kind: 'settled', ...partOf(input) }];
    const { completedon } = input.completion;
    return [{ kind: 'announcement', reason: 'completion', ...partOf(input), completedon }];
  }

  #enrolmentUpdate({ update, completion }: Computed): EnrolmentUpdate {
    if (completion === undefined) return update;
    const writtenAt = this.#writeClock.next(update.readAt);
    return { ...update, completion: { completedon: completion.write, writtenAt } };
  }
}
