import type { ConsumerRecord, RecordHeaders } from '@millrace/core';

/** What kafkajs wants to know of the batch that a record came in. */
export interface BatchContext {
  readonly producerId: string;
  readonly inTransaction: boolean;
  /** A batch of transaction markers. */
  readonly isControlBatch: boolean;
}

/**
 * A record as the runtime takes it, which is a message to kafkajs too: that orders and filters it by `offset` (a number
 * here), `isControlRecord` and `batchContext`, which are no properties of its own, so that a copy of the record has not
 * got them.
 */
export class FetchedRecord implements ConsumerRecord {
  readonly #context: BatchContext;

  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly offset: number,
    readonly timestamp: number | undefined,
    readonly key: Buffer | null,
    readonly value: Buffer | null,
    readonly headers: RecordHeaders,
    context: BatchContext,
  ) {
    this.#context = context;
  }

  get batchContext(): BatchContext {
    return this.#context;
  }

  get isControlRecord(): boolean {
    return this.#context.isControlBatch;
  }
}
