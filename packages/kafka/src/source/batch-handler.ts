import type { Batch, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { ConsumerRecord, SourceHost } from '@millrace/core';
import { messageOf } from '@millrace/core';
import { LogRewoundError } from '../errors.js';
import type { Heartbeat } from './heartbeat.js';
import type { HeldLease, Leases } from './leases.js';
import { toSourceRecords } from './record.js';

/** Records handed over at once: the unit of demand. */
export const CHUNK_RECORDS = 500;

export interface BatchHandlerParts {
  readonly host: SourceHost<ConsumerRecord>;
  readonly leases: Leases;
  readonly heartbeat: Heartbeat;
  readonly consumer: Pick<Consumer, 'seek'>;
  /** Whether records are wanted: neither stopped nor giving partitions up. */
  readonly isTaking: () => boolean;
}

/**
 * Hands the batches that kafkajs fetched to the runtime, chunk by chunk, and waits for each: kafkajs fetches from a
 * broker again only when all of its handlers have ended, which is the back-pressure.
 */
export class BatchHandler {
  readonly #parts: BatchHandlerParts;
  readonly #wakers = new Set<() => void>();
  readonly #busy = new Set<HeldLease>();
  #interruption: Error | undefined;

  constructor(parts: BatchHandlerParts) {
    this.#parts = parts;
  }

  /** Handlers that run now. */
  get size(): number {
    return this.#wakers.size;
  }

  /** Whether a batch of this lease has been begun and not handed over to its end. */
  isBusy(held: HeldLease): boolean {
    return this.#busy.has(held);
  }

  /**
   * Ends all handlers at their next step, and each that begins until `resume`, with `error`: kafkajs's own, so that it
   * rejoins the group.
   */
  interrupt(error: Error): void {
    this.#interruption ??= error;
    this.wake();
  }

  resume(): void {
    this.#interruption = undefined;
  }

  /** Has waiting handlers look again at whether they are still wanted. */
  wake(): void {
    for (const waker of [...this.#wakers]) waker();
  }

  async handle(payload: EachBatchPayload): Promise<void> {
    const { leases, heartbeat } = this.#parts;
    const { topic, partition, messages, highWatermark } = payload.batch;
    this.#throwIfInterrupted();
    const held = leases.find(topic, partition);
    if (held === undefined || !this.#isWanted(held, payload)) return;
    held.end = Number(highWatermark);
    if (!this.#fits(held, payload)) return;
    const waiting = heartbeat.enter(held.split.id);
    this.#busy.add(held);
    try {
      for (let from = 0; from < messages.length; from += CHUNK_RECORDS) {
        const to = Math.min(from + CHUNK_RECORDS, messages.length);
        await this.#push(held, payload.batch, from, to);
        this.#throwIfInterrupted();
        if (!leases.isCurrent(held)) return;
        this.#resolve(payload, messages[to - 1]!);
        if (!this.#isWanted(held, payload)) return;
        heartbeat.progress(waiting);
      }
    } finally {
      this.#busy.delete(held);
      heartbeat.leave(waiting);
    }
  }

  #isWanted(held: HeldLease, payload: EachBatchPayload): boolean {
    return this.#parts.isTaking() && this.#parts.leases.isCurrent(held) && !payload.isStale();
  }

  /** Resolves when the task wants more, or when the handler is woken. Not a race: losers of races are kept for ever. */
  #push(held: HeldLease, batch: Batch, from: number, to: number): Promise<void> {
    const { topic, partition, messages } = batch;
    const isLast = to === messages.length;
    const records = toSourceRecords(topic, partition, messages, from, to);
    // Behind the batch's last offset, not its last record: what comes between are markers and removed records.
    const nextPosition = isLast ? Number(batch.lastOffset()) + 1 : records[records.length - 1]!.position + 1;
    held.handOver(nextPosition);
    return new Promise((resolve) => {
      const end = (): void => {
        this.#wakers.delete(waker);
        resolve();
      };
      const waker = (): void => {
        if (this.#interruption !== undefined || !this.#parts.leases.isCurrent(held)) end();
      };
      this.#wakers.add(waker);
      void this.#parts.host.push(held.lease, { records, nextPosition }).then(end, (error: unknown) => {
        // Against its contract; kafkajs must not see it, it takes some classes of errors for the consumer's death.
        end();
        this.#parts.host.fail(error);
      });
    });
  }

  /** Tells kafkajs where to fetch next. */
  #resolve(payload: EachBatchPayload, message: KafkaMessage): void {
    try {
      payload.resolveOffset(message.offset);
    } catch (error) {
      // A TypeError inside kafkajs for a partition that is no longer assigned (#558): it will be sought anyway.
      this.#parts.host.logger.debug({ error: messageOf(error) }, 'offset of a lost partition was not resolved');
    }
  }

  /**
   * Whether the batch goes on where the lease stands. Further on, it is of an older assignment: dropped, sought again (if
   * the log has lost that place, the next fetch says so). Further back, the log was made anew.
   */
  #fits(held: HeldLease, payload: EachBatchPayload): boolean {
    const { host, consumer } = this.#parts;
    const { batch } = payload;
    const { topic, partition } = held.split;
    const expected = held.seen;
    const { fetchedOffset } = batch as Batch & { readonly fetchedOffset?: string };
    const first = Number(batch.messages[0]!.offset);
    const fetched = fetchedOffset === undefined ? expected : Number(fetchedOffset);
    if (fetched === expected && first >= expected) return true;
    if (first < held.handed) {
      payload.pause();
      host.fail(new LogRewoundError(topic, partition, first, held.handed));
      return false;
    }
    if (fetched <= expected) return true;
    consumer.seek({ topic, partition, offset: String(expected) });
    return false;
  }

  #throwIfInterrupted(): void {
    if (this.#interruption !== undefined) throw this.#interruption;
  }
}
