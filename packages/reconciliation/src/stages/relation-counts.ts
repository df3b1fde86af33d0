import type { Counter, MetricGroup } from '@millrace/core';
import type { RelationSets, RelationStore } from '../stores/ports.js';

/**
 * The relation cache, with what it had and what it lacked counted: leaf nodes and ancestors (optional nodes are mostly
 * missing because there are none).
 */
export class CountedRelations implements RelationStore {
  readonly #relations: RelationStore;
  #hits!: Counter;
  #misses!: Counter;

  constructor(relations: RelationStore) {
    this.#relations = relations;
  }

  open(metrics: MetricGroup): void {
    this.#hits = metrics.counter('cache-hit-count', 'Sets that the relation cache had');
    this.#misses = metrics.counter('cache-miss-count', 'Sets that the relation cache did not have');
  }

  async sets(courseId: string, ids: readonly string[]): Promise<readonly RelationSets[]> {
    const answers = await this.#relations.sets(courseId, ids);
    this.#count(answers.map((answer) => answer.leafNodes));
    return answers;
  }

  async ancestors(courseId: string, contentIds: readonly string[]): Promise<readonly ReadonlySet<string>[]> {
    const answers = await this.#relations.ancestors(courseId, contentIds);
    this.#count(answers);
    return answers;
  }

  /** Counts sets that were used again without a question. */
  had(sets: number): void {
    this.#hits.inc(sets);
  }

  #count(sets: readonly ReadonlySet<string>[]): void {
    const hits = sets.filter((set) => set.size > 0).length;
    this.#hits.inc(hits);
    this.#misses.inc(sets.length - hits);
  }
}
