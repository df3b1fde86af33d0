import type { ConsumptionRow, EnrolmentKey } from '../../domain/model.js';
import type { ConsumptionStore } from '../ports.js';
import type { EmbeddedTables } from './tables.js';

/** user_content_consumption in an embedded store. */
export class EmbeddedConsumptionStore implements ConsumptionStore {
  readonly #table: EmbeddedTables['consumption'];

  constructor(table: EmbeddedTables['consumption']) {
    this.#table = table;
  }

  async read({ userId, courseId, batchId }: EnrolmentKey): Promise<readonly ConsumptionRow[]> {
    const rows: ConsumptionRow[] = [];
    for (const row of this.#table.scan({ prefix: [userId, courseId, batchId] })) {
      rows.push({ contentId: row.key[3] ?? '', status: row.get('status') });
    }
    return rows;
  }
}
