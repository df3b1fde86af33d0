import type { Acknowledgement, ErrorClassifier, SinkHost, SinkWriter } from '@millrace/core';
import { failPoint, messageOf, sleep } from '@millrace/core';

import { CassandraClosedError } from './errors.js';

/** Options of the writer, complete. */
export interface SinkWriterOptions<T> {
  readonly write: (element: T) => Promise<void>;
  readonly toKey: (element: T) => string;
  readonly classify: ErrorClassifier;
  readonly maxInFlight: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly timeoutMs: number;
  readonly host: Pick<SinkHost, 'clock' | 'logger' | 'signal'>;
}

interface Entry<T> {
  readonly element: T;
  readonly ack: Acknowledgement;
  readonly sequence: number;
}

interface FlushWaiter {
  readonly upTo: number;
  remaining: number;
  readonly resolve: () => void;
}

/** Keyed lanes: one write at a time per key, in order; keys side by side, `maxInFlight` at most. */
export class CassandraSinkWriter<T> implements SinkWriter<T> {
  readonly #options: SinkWriterOptions<T>;
  /** A key is here while one of its elements is being written or waits. */
  readonly #lanes = new Map<string, Entry<T>[]>();
  /** Keys whose next element may start, in order of arrival. */
  #ready: string[] = [];
  #running = 0;
  #sequence = 0;
  #open = 0;
  #waiters: FlushWaiter[] = [];
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;

  constructor(options: SinkWriterOptions<T>) {
    this.#options = options;
    this.#signal = AbortSignal.any([this.#stop.signal, options.host.signal]);
  }

  /** @inheritdoc */
  write(element: T, ack: Acknowledgement): void {
    let key: string;
    try {
      key = this.#options.toKey(element);
    } catch (error) {
      ack.failed(error);
      return;
    }
    this.#sequence += 1;
    this.#open += 1;
    const entry = { element, ack, sequence: this.#sequence };
    const lane = this.#lanes.get(key);
    if (lane !== undefined) {
      lane.push(entry);
      return;
    }
    this.#lanes.set(key, [entry]);
    this.#ready.push(key);
    this.#fill();
  }

  /** @inheritdoc */
  flush(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ upTo: this.#sequence, remaining: this.#open, resolve });
    });
  }

  /** Fails what is not written yet; writes that are under way end by the session's own time limits. */
  close(): Promise<void> {
    this.#stop.abort(new CassandraClosedError('closed'));
    return this.flush();
  }

  #fill(): void {
    while (this.#running < this.#options.maxInFlight && this.#ready.length > 0) {
      const key = this.#ready.shift();
      const entry = key === undefined ? undefined : this.#lanes.get(key)?.[0];
      if (key === undefined || entry === undefined) continue;
      this.#running += 1;
      void this.#settle(key, entry);
    }
  }

  async #settle(key: string, entry: Entry<T>): Promise<void> {
    await this.#writeWithRetry(entry.element).then(
      () => {
        entry.ack.done();
      },
      (error: unknown) => {
        entry.ack.failed(error);
      },
    );
    this.#running -= 1;
    const lane = this.#lanes.get(key);
    lane?.shift();
    if (lane === undefined || lane.length === 0) this.#lanes.delete(key);
    else this.#ready.push(key);
    this.#settled(entry.sequence);
    this.#fill();
  }

  async #writeWithRetry(element: T): Promise<void> {
    const { clock, logger } = this.#options.host;
    const begin = clock.monotonic();
    let delay = this.#options.initialDelayMs;
    for (;;) {
      this.#signal.throwIfAborted();
      try {
        failPoint('cassandra-write');
        await this.#options.write(element);
        failPoint('cassandra-written');
        return;
      } catch (error) {
        if (this.#options.classify(error) === 'event') throw error;
        const left = this.#options.timeoutMs - (clock.monotonic() - begin);
        if (left <= 0) throw error;
        logger.debug({ error: messageOf(error) }, 'cassandra write failed, trying again');
        // Up to half of the wait is random: elements that failed together do not come back together.
        await sleep(clock, Math.min(left, delay * (0.5 + Math.random() / 2)), this.#signal);
        delay = Math.min(delay * 2, this.#options.maxDelayMs);
      }
    }
  }

  #settled(sequence: number): void {
    this.#open -= 1;
    for (const waiter of this.#waiters) {
      if (sequence <= waiter.upTo) waiter.remaining -= 1;
      if (waiter.remaining === 0) waiter.resolve();
    }
    this.#waiters = this.#waiters.filter(({ remaining }) => remaining > 0);
  }
}
