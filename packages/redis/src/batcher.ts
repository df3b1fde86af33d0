import type { CommandExecutor, CommandGroup, Reply } from './commands.js';

/** Limits of automatic batching. */
export interface BatcherOptions {
  /**
   * Commands in one pipeline. Larger: fewer round trips, but Redis holds the answers of one pipeline in memory and
   * other clients wait meanwhile. One group larger than this still goes as a whole.
   * @default 256
   */
  readonly maxCommands?: number;
  /**
   * Pipelines without an answer at one time. More requests wait and are sent together when one is answered. They wait
   * in memory: callers bound them by what they have in flight.
   * @default 4
   */
  readonly maxPipelines?: number;
}

interface Waiting {
  readonly group: CommandGroup;
  resolve(replies: readonly Reply[]): void;
  reject(error: unknown): void;
}

/**
 * Gathers what is asked in one turn of the event loop into one pipeline, so that a hundred concurrent requests cost a
 * few round trips. The order of groups is kept on the connection.
 */
export class CommandBatcher {
  readonly #executor: CommandExecutor;
  readonly #maxCommands: number;
  readonly #maxPipelines: number;
  #waiting: Waiting[] = [];
  #waitingCommands = 0;
  #running = 0;
  #scheduled = false;

  constructor(executor: CommandExecutor, options: BatcherOptions = {}) {
    this.#executor = executor;
    this.#maxCommands = options.maxCommands ?? 256;
    this.#maxPipelines = options.maxPipelines ?? 4;
    if (!(this.#maxCommands >= 1) || !(this.#maxPipelines >= 1)) {
      throw new RangeError('maxCommands and maxPipelines must be at least 1');
    }
  }

  /** Answers of the group's commands, an error reply as an `Error` in its place. @throws RedisUnavailableError */
  send(group: CommandGroup): Promise<readonly Reply[]> {
    if (group.commands.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ group, resolve, reject });
      this.#waitingCommands += cost(group);
      if (this.#waitingCommands >= this.#maxCommands) this.#pump();
      else this.#schedule();
    });
  }

  /** setImmediate rather than a microtask: all that one read of a socket woke up comes into one pipeline. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#running < this.#maxPipelines && this.#waiting.length > 0) {
      const batch = this.#take();
      this.#running += 1;
      void this.#run(batch).finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
  }

  #take(): Waiting[] {
    let count = 0;
    let commands = 0;
    for (const { group } of this.#waiting) {
      const more = cost(group);
      if (count > 0 && commands + more > this.#maxCommands) break;
      count += 1;
      commands += more;
    }
    const batch = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    this.#waitingCommands -= commands;
    return batch;
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    try {
      const replies = await this.#executor.exec(batch.map(({ group }) => group));
      batch.forEach((waiting, index) => {
        waiting.resolve(replies[index] ?? []);
      });
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    }
  }
}

/** MULTI and EXEC count too. */
function cost(group: CommandGroup): number {
  return group.commands.length + (group.atomic ? 2 : 0);
}
