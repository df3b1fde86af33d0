import type { Task } from './task.js';

/**
 * How old the oldest commit is that work waits for. A split without work in flight owes no commit; one whose work does
 * not settle gets older although every checkpoint succeeds, since there is nothing to commit.
 */
export class CommitAge {
  readonly #now: () => number;
  readonly #movedAt = new WeakMap<Task, number>();
  #since: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
  }

  /** Milliseconds. */
  get ms(): number {
    return this.#now() - this.#since;
  }

  /**
   * After a checkpoint that succeeded.
   *
   * @param tasks all that run
   * @param moved those whose position it committed, and those that had nothing in flight when it began
   */
  committed(tasks: readonly Task[], moved: ReadonlySet<Task>): void {
    const now = this.#now();
    let since = now;
    for (const task of tasks) {
      const at = moved.has(task) ? now : (this.#movedAt.get(task) ?? now);
      this.#movedAt.set(task, at);
      since = Math.min(since, at);
    }
    this.#since = since;
  }
}
