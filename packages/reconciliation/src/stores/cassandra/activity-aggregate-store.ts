import type { BoundStatement } from '@millrace/cassandra';
import type { AggregateUpdate } from '../../domain/model.js';
import { aggregateKey } from '../aggregate-key.js';
import type { ActivityAggregateStore } from '../ports.js';
import { batchesOf } from './batches.js';
import type { Statements } from './enrolment-store.js';

export interface CassandraAggregateOptions {
  /** Quoted, with its keyspace. */
  readonly table: string;
  /** Updates in a batch at most; 1 = single statements. */
  readonly batchSize: number;
}

/**
 * user_activity_agg on Cassandra. Each row is a partition of its own, so the batches are UNLOGGED: an atomicity over
 * partitions would cost several times as much and the replay of a request gives it already.
 */
export class CassandraActivityAggregateStore implements ActivityAggregateStore {
  readonly #session: Statements;
  readonly #batchSize: number;
  readonly #update: string;

  constructor(session: Statements, options: CassandraAggregateOptions) {
    this.#session = session;
    this.#batchSize = options.batchSize;
    this.#update =
      `UPDATE ${options.table} USING TIMESTAMP ? SET aggregates = aggregates + ?, ` +
      'agg_last_updated = agg_last_updated + ? ' +
      'WHERE activity_type = ? AND activity_id = ? AND user_id = ? AND context_id = ?';
  }

  async merge(updates: readonly AggregateUpdate[], at: number, readAt: bigint): Promise<void> {
    const lastUpdated = new Map([['completedCount', new Date(at)]]);
    const statements = updates.map((update): BoundStatement => ({
      statement: this.#update,
      params: [readAt, new Map([['completedCount', update.completedCount]]), lastUpdated, ...aggregateKey(update)],
    }));
    // All are awaited, also behind a failure: a retry must not run beside what is left of this one.
    const outcomes = await Promise.allSettled(batchesOf(statements, this.#batchSize).map((batch) => this.#send(batch)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #send(batch: readonly [BoundStatement, ...BoundStatement[]]): Promise<void> {
    if (batch.length > 1) await this.#session.batch(batch);
    else await this.#session.execute(batch[0].statement, batch[0].params);
  }
}
