import type { AsyncContext, AsyncFunction, Counter, RuntimeContext } from '@millrace/core';
import { AUDIT, keyOf, StageFailures } from '@millrace/reconciliation/parts';
import type { FailureOptions, RequestGroup, Tally, WriteClock } from '@millrace/reconciliation/parts';
import { contentAudit } from './content-audit.js';
import { mergeProgress } from './content-progress.js';
import type { ContentProgressStore, MergedProgress } from './content-progress.js';
import type { UpdateGroup } from './update-request.js';

interface Plan {
  readonly merged: readonly MergedProgress[];
  readonly at: bigint;
}

/**
 * Merges the contents of a group into the learner's consumption rows and writes them, then tells of what was started or
 * completed for the first time, to the tag `audit`. The group goes on when its rows are durable.
 */
export class ConsumptionFunction implements AsyncFunction<UpdateGroup, RequestGroup> {
  /** To be given to the operator. */
  readonly errors: StageFailures;
  readonly #store: ContentProgressStore;
  readonly #tally: Tally;
  readonly #writeClock: WriteClock;
  /** A write whose answer was lost is tried again with the same counts. */
  readonly #plans = new WeakMap<UpdateGroup, Plan>();
  #updates!: Counter;

  constructor(store: ContentProgressStore, failures: FailureOptions, writeClock: WriteClock) {
    this.errors = new StageFailures('consumption', failures);
    this.#store = store;
    this.#tally = failures.tally;
    this.#writeClock = writeClock;
  }

  open({ metrics }: Pick<RuntimeContext, 'metrics'>): void {
    this.errors.open(metrics);
    this.#updates = metrics.counter('db-update-count', 'Statements that the database has acknowledged');
  }

  async asyncInvoke(
    group: UpdateGroup,
    context: Pick<AsyncContext<RequestGroup>, 'output'>,
  ): Promise<readonly RequestGroup[]> {
    const plan = this.#plans.get(group) ?? (await this.#plan(group));
    this.#plans.set(group, plan);
    const key = keyOf(group);
    const rows = plan.merged.map(({ row }) => row);
    await this.#store.write(key, rows, plan.at);
    this.#updates.inc(rows.length);
    for (const { row, actions } of plan.merged) {
      for (const action of actions) {
        context.output(AUDIT, contentAudit(key, row.contentId, action, group.requests[0].time));
        this.#tally.add('audits');
      }
    }
    return [group];
  }

  async #plan(group: UpdateGroup): Promise<Plan> {
    const completions = new Map<string, number>();
    for (const { contentIds } of group.requests) {
      for (const id of contentIds) completions.set(id, (completions.get(id) ?? 0) + 1);
    }
    const stored = new Map(
      (await this.#store.read(keyOf(group), [...completions.keys()])).map((row) => [row.contentId, row]),
    );
    const latest = [...stored.values()].reduce((last, { lastWrite }) => (lastWrite > last ? lastWrite : last), 0n);
    return {
      merged: [...completions].map(([id, count]) => mergeProgress(id, stored.get(id), count)),
      at: this.#writeClock.next(latest),
    };
  }
}
