import { setImmediate as turn } from 'node:timers/promises';
import { messageOf } from '../errors.js';
import type { Source, SourceChunk, SourceHost, SourceReader, SplitLease } from './source.js';

/** One split of a `pullSource`: something that can be asked for what stands at a position. */
export interface PullSplit<T> {
  /** Stable name of the split: positions and state are kept under it. */
  readonly id: string;
  /** Position of the first record, where no checkpoint says otherwise. @default 0 */
  readonly start?: number;
  /** Splits with the same task are worked on by one task. @default a task of its own */
  readonly task?: string;
  /**
   * What stands at `position` and behind it: at most 500 records, their positions at least `position` and strictly
   * increasing. Where there is nothing yet it waits, and where there will never be anything any more it gives `'end'`.
   * Called again only when the task wants more, with the `nextPosition` of the chunk before.
   *
   * @param signal aborts when nothing is wanted any more: reject or resolve soon, either is fine
   * @throws what makes the split unreadable: the job attempt fails
   */
  pull(position: number, signal: AbortSignal): Promise<SourceChunk<T> | 'end'>;
  /**
   * Position behind what stands in the split now, for a run that ends there (`run --until-drained`).
   *
   * @param position where reading is
   */
  end(position: number): number | Promise<number>;
  /** Releases what the split holds, when no `pull` is running any more. */
  close?(): Promise<void>;
}

/** What a `pullSource` is made of. */
export interface PullSourceOptions<T> {
  /** One word for `describe`: `collection`, `file`. */
  readonly kind: string;
  /** What is read, for `describe` and logs. */
  readonly description: string;
  /** Whether every split comes to an end. @default false */
  readonly isBounded?: boolean;
  /** Finds the splits, once for each attempt of the job. @throws what makes the source unusable */
  open(host: SourceHost<T>): Promise<readonly PullSplit<T>[]>;
}

/**
 * A source of splits that this process reads alone, each by asking for what comes next: enough for files, tables, HTTP
 * feeds. It keeps no positions itself; the job's state backend does (at least once after a crash, and from the beginning
 * where that backend is in memory). Order is kept within a split; splits are read concurrently.
 *
 * @example
 * ```ts
 * import { pullSource } from '@millrace/core';
 *
 * const letters = ['a', 'b', 'c'];
 * const source = pullSource<string>({
 *   kind: 'letters',
 *   description: 'three letters',
 *   isBounded: true,
 *   open: async () => [
 *     {
 *       id: 'letters',
 *       pull: async (position) =>
 *         position >= letters.length
 *           ? 'end'
 *           : { records: [{ value: letters[position]!, position, timestamp: undefined }], nextPosition: position + 1 },
 *       end: () => letters.length,
 *     },
 *   ],
 * });
 * source.isBounded; // => true
 * ```
 */
export function pullSource<T>(options: PullSourceOptions<T>): Source<T> {
  return {
    kind: options.kind,
    description: options.description,
    isBounded: options.isBounded ?? false,
    keepsPositions: false,
    open: async (host) => {
      const reader = new PullReader(await options.open(host), host);
      reader.start();
      return reader;
    },
  };
}

interface Reading<T> {
  readonly split: PullSplit<T>;
  /** Undefined until the split was assigned. */
  lease: SplitLease | undefined;
  position: number;
  end: number | undefined;
}

class PullReader<T> implements SourceReader {
  readonly #host: SourceHost<T>;
  readonly #readings: readonly Reading<T>[];
  readonly #stopping = new AbortController();
  /** Calls that are running: what they read from must not be closed under them. */
  readonly #pulls = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(splits: readonly PullSplit<T>[], host: SourceHost<T>) {
    this.#host = host;
    this.#readings = splits.map((split) => ({ split, lease: undefined, position: split.start ?? 0, end: undefined }));
  }

  /** Begins to read once the caller has the reader. */
  start(): void {
    this.#host.signal.addEventListener('abort', this.#stop, { once: true });
    setImmediate(() => {
      if (this.#isStopped) return;
      this.#readAll().catch((error: unknown) => {
        if (!this.#isStopped) this.#host.fail(error);
      });
    });
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted || this.#host.signal.aborted;
  }

  readonly #stop = (): void => {
    this.#stopping.abort(new Error('the source has stopped'));
    this.#host.signal.removeEventListener('abort', this.#stop);
  };

  async #readAll(): Promise<void> {
    const leases = await this.#host.assign(
      this.#readings.map(({ split, position }) => ({
        id: split.id,
        position,
        ...(split.task === undefined ? {} : { task: split.task }),
      })),
    );
    for (const [n, reading] of this.#readings.entries()) {
      reading.lease = leases[n];
      reading.position = leases[n]?.startPosition ?? reading.position;
    }
    await Promise.all(this.#readings.map((reading) => this.#read(reading)));
  }

  async #read(reading: Reading<T>): Promise<void> {
    const { split, lease } = reading;
    if (lease === undefined) return;
    for (;;) {
      // One chunk a turn: other splits, timers and sockets get theirs, however quick the split is.
      await turn();
      if (this.#isStopped) return;
      const pull = split.pull(reading.position, this.#stopping.signal);
      this.#pulls.add(pull);
      const chunk = await pull.finally(() => this.#pulls.delete(pull));
      if (this.#isStopped) return;
      if (chunk === 'end') {
        this.#host.finish(lease);
        return;
      }
      reading.position = chunk.nextPosition;
      await this.#host.push(lease, chunk);
    }
  }

  commit(): Promise<void> {
    return Promise.resolve();
  }

  stopIntake(): Promise<void> {
    this.#stop();
    return Promise.resolve();
  }

  async captureEnd(): Promise<void> {
    await Promise.all(
      this.#readings.map(async (reading) => {
        reading.end = await reading.split.end(reading.position);
      }),
    );
  }

  isDrained(settled: ReadonlyMap<SplitLease, number>): Promise<boolean> {
    return Promise.resolve(
      this.#readings.every(({ split, lease, end }) => {
        if (lease === undefined || end === undefined) return false;
        return (settled.get(lease) ?? lease.startPosition ?? split.start ?? 0) >= end;
      }),
    );
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#stop();
    await Promise.allSettled(this.#pulls);
    for (const { split } of this.#readings) {
      try {
        await split.close?.();
      } catch (error) {
        this.#host.logger.warn({ split: split.id, err: messageOf(error) }, 'error while closing a split');
      }
    }
  }
}
