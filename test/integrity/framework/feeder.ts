import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaConnection } from '@millrace/kafka';
import type { Cast } from '../oracle/learner.js';
import { requestsOf } from '../oracle/requests.js';
import type { PlannedRecord } from '../oracle/requests.js';

export interface FeedOptions {
  /** Records a second. @default 80 */
  readonly perSecond?: number;
  /** It ends by itself after so long. @default until `stop` */
  readonly seconds?: number;
}

const TICK_MS = 100;

/**
 * Requests at a steady rate while faults happen. A request counts as fed when the brokers acknowledged it; what an
 * outage kept from them is sent again, so that the topic holds each at least once. The checker reads the topic itself.
 */
export class Feeder {
  readonly done: Promise<void>;
  readonly planned: PlannedRecord[];
  readonly #cast: Cast;
  readonly #pool: number;
  readonly #append: (records: readonly PlannedRecord[]) => Promise<unknown>;
  #isStopped = false;
  #death: Error | undefined;
  #turn: number;

  /** @param planned what was fed before; grows with every record */
  constructor(
    cast: Cast,
    pool: number,
    planned: PlannedRecord[],
    turn: number,
    kafka: KafkaConnection,
    topic: string,
    options: FeedOptions,
  ) {
    this.#cast = cast;
    this.#pool = pool;
    this.planned = planned;
    this.#turn = turn;
    this.#append = (records) => kafka.append(topic, records, { retryTimeoutMs: 300_000 });
    this.done = this.#run(options);
    // Whoever waits for `done` hears of it, and whoever waits for what it feeds.
    this.done.catch((error: unknown) => {
      this.#death = new Error(`the feeder died: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /** @throws why it ended before its time */
  throwIfDead(): void {
    if (this.#death !== undefined) throw this.#death;
  }

  get isRunning(): boolean {
    return !this.#isStopped;
  }

  /** Learners whose turn it was. */
  get turn(): number {
    return this.#turn;
  }

  /** Resolves when everything that was begun is acknowledged. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.done;
  }

  async #run({ perSecond = 80, seconds = Number.POSITIVE_INFINITY }: FeedOptions): Promise<void> {
    const begun = performance.now();
    const first = this.planned.length;
    for (;;) {
      const elapsed = (performance.now() - begun) / 1_000;
      if (this.#isStopped || elapsed >= seconds) break;
      // After an outage it catches up, a second's worth at a time.
      const due = Math.min(Math.ceil(elapsed * perSecond) - (this.planned.length - first), perSecond);
      if (due > 0) await this.#feed(due);
      await sleep(TICK_MS);
    }
    this.#isStopped = true;
  }

  async #feed(count: number): Promise<void> {
    const records: PlannedRecord[] = [];
    while (records.length < count) {
      const learner = this.#cast.learner(this.#turn % this.#pool);
      this.#turn += 1;
      records.push(...requestsOf(learner, this.planned.length + records.length));
    }
    // Known to the checker before they are sent: an acknowledgement may be lost and the record be there.
    this.planned.push(...records);
    await this.#append(records);
  }
}
