import type { AsyncContext, AsyncFunction, Counter, RuntimeContext } from '@millrace/core';
import { AUDIT, keyOf, StageFailures } from '@millrace/reconciliation/parts';
import type { FailureOptions, RequestGroup, Tally, WriteClock } from '@millrace/reconciliation/parts';
import { contentAudit } from './content-audit.js';
import { mergeCompletion } from './content-progress.js';
import type { ContentProgressStore } from './content-progress.js';
import type { UpdateGroup } from './update-request.js';

/**
 * Merges the completions of a group into the learner's consumption rows, then tells of what was started or completed
 * for the first time, to the tag `audit`. The group goes on when its rows are durable.
 */
export class ConsumptionFunction implements AsyncFunction<UpdateGroup, RequestGroup> {
  /** To be given to the operator. */
  readonly errors: StageFailures;
  readonly #store: ContentProgressStore;
  readonly #writeClock: WriteClock;
  readonly #tally: Tally;
  #updates!: Counter;

  constructor(store: ContentProgressStore, failures: FailureOptions, writeClock: WriteClock) {
    this.errors = new StageFailures('consumption', failures);
    this.#store = store;
    this.#writeClock = writeClock;
    this.#tally = failures.tally;
  }

  open({ metrics }: Pick<RuntimeContext, 'metrics'>): void {
    this.errors.open(metrics);
    this.#updates = metrics.counter('db-update-count', 'Rows that the database has acknowledged');
  }

  async asyncInvoke(
    group: UpdateGroup,
    context: Pick<AsyncContext<RequestGroup>, 'output'>,
  ): Promise<readonly RequestGroup[]> {
    const key = keyOf(group);
    const stored = new Map((await this.#store.read(key)).map((row) => [row.contentId, row]));
    const merged = [...completions(group)].map(([contentId, time]) => ({
      ...{ contentId, time },
      ...mergeCompletion(contentId, stored.get(contentId), time),
    }));
    const changes = merged.flatMap(({ change }) => change ?? []);
    if (changes.length > 0) await this.#store.write(key, changes, this.#writeClock);
    this.#updates.inc(changes.length);
    for (const { contentId, time, actions } of merged) {
      for (const action of actions) {
        context.output(AUDIT, contentAudit(key, contentId, action, time));
        this.#tally.add('audits');
      }
    }
    return [group];
  }
}

/** A content that is completed twice in a group counts once, at the later time. */
function completions({ requests }: UpdateGroup): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { contentIds, happenedAt } of requests) {
    for (const id of contentIds) times.set(id, Math.max(times.get(id) ?? 0, happenedAt));
  }
  return times;
}
