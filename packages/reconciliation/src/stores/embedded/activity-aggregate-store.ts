import type { AggregateUpdate } from '../../domain/model.js';
import { aggregateKey } from '../aggregate-key.js';
import type { ActivityAggregateStore } from '../ports.js';
import type { EmbeddedTables } from './tables.js';

/** user_activity_agg in an embedded store; the rows of one call are written in one transaction. */
export class EmbeddedActivityAggregateStore implements ActivityAggregateStore {
  readonly #table: EmbeddedTables['aggregates'];

  constructor(table: EmbeddedTables['aggregates']) {
    this.#table = table;
  }

  async merge(updates: readonly AggregateUpdate[], at: number, readAt: bigint): Promise<void> {
    if (updates.length === 0) return;
    const lastUpdated = new Map([['completedCount', at]]);
    await this.#table.write(
      updates.map((update) => ({
        key: aggregateKey(update),
        timestamp: readAt,
        merge: {
          aggregates: new Map([['completedCount', update.completedCount]]),
          agg_last_updated: lastUpdated,
        },
      })),
    );
  }
}
