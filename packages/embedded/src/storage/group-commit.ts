import { failPoint, MillraceError } from '@millrace/core';
import { StoreClosedError, StoreWriteError } from '../errors.js';
import type { Environment } from './environment.js';

/** A change that waits for its transaction. Exactly one of `committed` and `failed` is called, once. */
export interface WriteOperation {
  /** About how many entries it writes. @default 1 */
  readonly entries?: number;
  /**
   * Reads what it needs and writes, inside the transaction. What it reads includes the operations before it. An error of
   * this package's own fails this operation alone and must be thrown before the first write; any other error fails the
   * whole transaction.
   */
  apply(): void;
  committed(): void;
  failed(error: Error): void;
}

/** Longest time that one transaction may keep the process from its other work, as long as operations are small. */
const MAX_TRANSACTION_MS = 8;
const CHECK_EVERY = 32;
/**
 * Entries behind which a transaction takes no further operation. Until its commit each page that it changes is a copy of
 * 4 KiB in memory, one for each entry at worst, and LMDB keeps for the next transaction what the largest one so far took.
 */
const MAX_TRANSACTION_ENTRIES = 4_096;

/**
 * Writes what arrives within the same turns of the event loop in one transaction: a commit costs tens of microseconds
 * whatever is in it. Operations are applied in the order of their arrival, on the main thread (reads and writes of LMDB
 * are memory operations; handing them to a thread was measured to cost more than it frees).
 */
export class GroupCommit {
  readonly #environment: Environment;
  readonly #directory: string;
  #queue: WriteOperation[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(environment: Environment, directory: string) {
    this.#environment = environment;
    this.#directory = directory;
  }

  enqueue(operation: WriteOperation): void {
    if (this.#closed) {
      queueMicrotask(() => operation.failed(new StoreClosedError(this.#directory)));
      return;
    }
    this.#queue.push(operation);
    this.#scheduled ??= setImmediate(() => this.#flush());
  }

  /**
   * Enqueues `apply`; resolves with what it returned when that is durable.
   *
   * @param entries about how many entries it writes
   */
  run<T>(apply: () => T, entries = 1): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: T;
      this.enqueue({
        entries,
        apply: () => {
          result = apply();
        },
        committed: () => resolve(result),
        failed: reject,
      });
    });
  }

  /** Writes everything that waits, then refuses more. */
  close(): void {
    this.#closed = true;
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    while (this.#queue.length > 0) this.#flush();
  }

  #flush(): void {
    this.#scheduled = undefined;
    const waiting = this.#queue;
    this.#queue = [];
    const applied: WriteOperation[] = [];
    const refused: [WriteOperation, MillraceError][] = [];
    let next = 0;
    try {
      failPoint('embedded-commit');
      this.#environment.transaction(() => {
        const deadline = performance.now() + MAX_TRANSACTION_MS;
        let entries = 0;
        while (next < waiting.length && entries < MAX_TRANSACTION_ENTRIES) {
          const operation = waiting[next++]!;
          entries += operation.entries ?? 1;
          try {
            operation.apply();
            applied.push(operation);
          } catch (error) {
            if (!(error instanceof MillraceError)) {
              applied.push(operation);
              throw error;
            }
            refused.push([operation, error]);
          }
          if (next % CHECK_EVERY === 0 && performance.now() > deadline) break;
        }
      });
      failPoint('embedded-committed');
    } catch (error) {
      const failure = new StoreWriteError(this.#directory, error);
      for (const operation of applied) operation.failed(failure);
      applied.length = 0;
    }
    if (next < waiting.length) {
      this.#queue = [...waiting.slice(next), ...this.#queue];
      if (!this.#closed) this.#scheduled ??= setImmediate(() => this.#flush());
    }
    for (const operation of applied) operation.committed();
    for (const [operation, error] of refused) operation.failed(error);
  }
}
