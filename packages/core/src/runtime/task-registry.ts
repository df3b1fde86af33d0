import type { SplitAssignment } from '../connector/source.js';
import { messageOf, SetupError } from '../errors.js';
import type { TaskGroup } from '../graph/task-groups.js';
import { taskGroupsOf } from '../graph/task-groups.js';
import { claimFromSavepoint } from '../savepoint/restore-savepoint.js';
import { CacheSweep } from '../state/cache-sweep.js';
import { ChangeTotal } from '../state/change-count.js';
import type { StateClaim, StateOwner } from '../state/state-backend.js';
import { TaskState } from '../state/task-state.js';
import type { JobAttempt } from './job-attempt.js';
import { Task } from './task.js';

interface Entry {
  readonly key: string;
  readonly opened: Promise<Task>;
  isEnded: boolean;
}

/** The tasks of one attempt in this process, by name: one for each split, or for several that belong together. */
export class TaskRegistry {
  readonly #attempt: JobAttempt;
  readonly #cache: CacheSweep;
  readonly #changes: ChangeTotal;
  readonly #groups = new Map<string, TaskGroup>();
  readonly #current = new Map<string, Entry>();
  readonly #entryOf = new Map<Task, Entry>();
  /** By task name, what has to end before a task of it may be opened: the opening or closing of the one before. */
  readonly #before = new Map<string, Promise<unknown>>();

  constructor(attempt: JobAttempt) {
    this.#attempt = attempt;
    this.#cache = new CacheSweep(attempt.options.maxCachedStateEntries);
    this.#changes = new ChangeTotal(attempt.options.maxChangedEntries, () => {
      attempt.askForCheckpoint();
    });
    for (const group of taskGroupsOf(attempt.graph)) {
      for (const uid of group.sourceUids) this.#groups.set(uid, group);
    }
  }

  /** Tasks that are open. */
  get tasks(): readonly Task[] {
    return [...this.#entryOf.keys()];
  }

  /**
   * The task that works on the split: the open one of its name, or a new one, opened with its state restored.
   *
   * @throws SetupError where the split does not say which task it belongs to and must; what opening throws
   */
  acquire(sourceUid: string, split: SplitAssignment): Promise<Task> {
    const group = this.#groups.get(sourceUid);
    if (group === undefined) return Promise.reject(new Error(`${sourceUid} is no source of the graph`));
    if (group.sourceUids.length > 1 && split.task === undefined) {
      return Promise.reject(
        new SetupError(
          'ERR_SPLITS_APART',
          `${sourceUid} meets ${group.sourceUids.filter((uid) => uid !== sourceUid).join(', ')} in ` +
            `${group.meetIn ?? ''}: their splits must belong together, and ${split.id} does not say to which task. ` +
            'Read the topics with one source that keeps them co-partitioned',
        ),
      );
    }
    const isShared = group.sourceUids.length > 1 || this.#isCoPartitioned(sourceUid);
    const name = (isShared ? split.task : undefined) ?? split.id;
    const key = JSON.stringify([group.name, name]);
    const current = this.#current.get(key);
    if (current !== undefined) return current.opened;
    const opened = this.#open(group, name, this.#before.get(key));
    const entry: Entry = { key, opened, isEnded: false };
    this.#current.set(key, entry);
    this.#mustEnd(key, opened);
    void opened.then(
      async (task) => {
        // Ended, or the attempt over, while it opened.
        if (entry.isEnded || this.#attempt.signal.aborted) await task.close();
        else this.#entryOf.set(task, entry);
      },
      () => {
        if (this.#current.get(key) === entry) this.#current.delete(key);
      },
    );
    return opened;
  }

  /** Whether the task is the open one of its name. */
  isCurrent(task: Task): boolean {
    return this.#entryOf.has(task);
  }

  /** Ends a task: the next one of its name opens when this one is closed. */
  end(task: Task): void {
    const entry = this.#entryOf.get(task);
    if (entry === undefined) return;
    this.#entryOf.delete(task);
    entry.isEnded = true;
    if (this.#current.get(entry.key) === entry) this.#current.delete(entry.key);
    const { logger } = this.#attempt.options;
    const closed = task.close().catch((error: unknown) => {
      logger.warn({ split: task.name, err: messageOf(error) }, 'error while closing a task');
    });
    this.#mustEnd(entry.key, closed);
  }

  #isCoPartitioned(sourceUid: string): boolean {
    const { nodes } = this.#attempt.graph;
    return nodes.find((node) => node.uid === sourceUid)?.source?.isCoPartitioned ?? true;
  }

  async #open(group: TaskGroup, name: string, before: Promise<unknown> | undefined): Promise<Task> {
    await before;
    const { graph, options, services } = this.#attempt;
    const kept = graph.isStateful ? await this.#claim(group, name) : undefined;
    const task = new Task({
      name,
      graph,
      sourceUids: group.sourceUids,
      services,
      state: kept && this.#restore(kept),
      ...(kept === undefined ? {} : { kept: { owner: kept.owner, backend: options.stateBackend } }),
    });
    try {
      await task.open();
    } catch (error) {
      await task.close().catch((closing: unknown) => {
        options.logger.warn({ split: name, err: messageOf(closing) }, 'error while closing a task');
      });
      throw error;
    }
    return task;
  }

  async #claim(group: TaskGroup, name: string): Promise<{ readonly owner: StateOwner; readonly claim: StateClaim }> {
    const { graph, options } = this.#attempt;
    const owner = { jobName: graph.jobName, source: group.name, split: name };
    const { stateBackend, savepoint } = options;
    const claim = await (savepoint === undefined
      ? stateBackend.claim(owner)
      : claimFromSavepoint(stateBackend, owner, savepoint));
    return { owner, claim };
  }

  #restore({ owner, claim }: { readonly owner: StateOwner; readonly claim: StateClaim }): TaskState {
    const { graph, options } = this.#attempt;
    return new TaskState(claim, {
      owner,
      clock: options.clock,
      stateful: graph.nodes.filter((node) => node.isStateful).map((node) => node.uid),
      allowNonRestoredState: options.allowNonRestoredState,
      cache: this.#cache,
      changes: this.#changes,
    });
  }

  #mustEnd(key: string, work: Promise<unknown>): void {
    this.#before.set(key, Promise.allSettled([this.#before.get(key), work]));
  }
}
