import type { AsyncContext, AsyncFunction, RuntimeContext } from '@millrace/core';
import type { FilterOptions } from '../domain/filter.js';
import type { RequestGroup } from '../domain/model.js';
import type { EnrolmentStore } from '../stores/ports.js';
import type { FilteredGroup } from './elements.js';
import { FilterStep } from './filter-step.js';
import { StageFailures } from './stage-failures.js';
import type { FailureOptions } from './stage-failures.js';

/**
 * Stage 3: reads the enrolment and lets through what is to be recomputed or announced. Where a group is partly a replay,
 * the recompute for its others goes on only when the outputs of the replay are acknowledged.
 */
export class FilterFunction implements AsyncFunction<RequestGroup, FilteredGroup> {
  /** To be given to the operator. */
  readonly errors: StageFailures;
  readonly #step: FilterStep;

  constructor(enrolments: EnrolmentStore, options: FilterOptions, failures: FailureOptions) {
    this.errors = new StageFailures('filter', failures);
    this.#step = new FilterStep(enrolments, options, failures.tally);
  }

  open({ metrics }: Pick<RuntimeContext, 'metrics'>): void {
    this.errors.open(metrics);
    this.#step.open(metrics);
  }

  async asyncInvoke(
    group: RequestGroup,
    context: Pick<AsyncContext<FilteredGroup>, 'emitAcknowledged'>,
  ): Promise<readonly FilteredGroup[]> {
    const { announcement, recompute } = await this.#step.apply({ ...group, afterReplay: false });
    if (announcement === undefined) return recompute === undefined ? [] : [recompute];
    if (recompute === undefined) return [announcement];
    await context.emitAcknowledged(announcement);
    return [recompute];
  }
}
