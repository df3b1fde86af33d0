import type { Acknowledgement, Sink, SinkWriter } from '@millrace/core';
import type { Mutation } from '../table/mutation.js';
import type { Columns } from '../table/schema.js';
import type { Table } from '../table/table.js';

/** Which table a sink writes, and what it writes for an element. */
export interface EmbeddedTableSinkOptions<T, C extends Columns> {
  /** Of an open store, which must stay open as long as the job runs. */
  readonly table: Table<C>;
  /**
   * The write for an element, or several for all or none. Elements are written again after a restart: what makes the later
   * of two writes win is its timestamp, so it must come from the element, not from the clock.
   */
  readonly toMutation: (element: T) => Mutation<C> | readonly Mutation<C>[];
}

/**
 * Writes each element to a table of an embedded store. What arrives in the same turns of the event loop is stored in one
 * transaction; an element is acknowledged when that is durable. At least once; exactly once in effect where the mutation
 * depends on the element alone. A failed commit is not retried here, the job's restart strategy decides.
 */
export function embeddedTableSink<T, C extends Columns>({
  table,
  toMutation,
}: EmbeddedTableSinkOptions<T, C>): Sink<T> {
  return {
    kind: 'embedded',
    description: table.name,
    open: () => Promise.resolve(new EmbeddedTableWriter<T>((element) => table.write(toMutation(element)))),
  };
}

class EmbeddedTableWriter<T> implements SinkWriter<T> {
  readonly #write: (element: T) => Promise<void>;
  readonly #pending = new Set<Promise<void>>();

  constructor(write: (element: T) => Promise<void>) {
    this.#write = write;
  }

  write(element: T, acknowledgement: Acknowledgement): void {
    // `async`: what toMutation throws is a rejection too, and is told when this call is over.
    const written = (async () => {
      await this.#write(element);
    })().then(
      () => acknowledgement.done(),
      (error: unknown) => acknowledgement.failed(error),
    );
    this.#pending.add(written);
    void written.finally(() => this.#pending.delete(written));
  }

  async flush(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async close(): Promise<void> {
    await this.flush();
  }
}
