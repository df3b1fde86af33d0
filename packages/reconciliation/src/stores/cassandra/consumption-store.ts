import type { ConsumptionRow, EnrolmentKey } from '../../domain/model.js';
import { optionalInteger, requiredText } from '../column-values.js';
import type { ConsumptionStore } from '../ports.js';
import type { Statements } from './enrolment-store.js';

/** user_content_consumption on Cassandra; contentid is the last clustering column, so the rows come in its order. */
export class CassandraConsumptionStore implements ConsumptionStore {
  readonly #session: Statements;
  readonly #select: string;

  /** @param table quoted, with its keyspace */
  constructor(session: Statements, table: string) {
    this.#session = session;
    this.#select = `SELECT contentid, status FROM ${table} WHERE userid = ? AND courseid = ? AND batchid = ?`;
  }

  async read({ userId, courseId, batchId }: EnrolmentKey): Promise<readonly ConsumptionRow[]> {
    const rows = await this.#session.all(this.#select, [userId, courseId, batchId]);
    return rows.map((row) => ({
      contentId: requiredText('user_content_consumption.contentid', row['contentid']),
      status: optionalInteger('user_content_consumption.status', row['status']),
    }));
  }
}
