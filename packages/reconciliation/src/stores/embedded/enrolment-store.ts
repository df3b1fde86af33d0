import type { EnrolmentKey, EnrolmentRow, EnrolmentUpdate } from '../../domain/model.js';
import type { EnrolmentStore } from '../ports.js';
import type { EmbeddedTables } from './tables.js';

/** The columns of which Cassandra is asked the WRITETIME, so that both stores give the same. */
const TIMED = ['status', 'completedon', 'progress', 'datetime'] as const;

/** user_enrolments in an embedded store. */
export class EmbeddedEnrolmentStore implements EnrolmentStore {
  readonly #table: EmbeddedTables['enrolments'];

  constructor(table: EmbeddedTables['enrolments']) {
    this.#table = table;
  }

  async read({ userId, courseId, batchId }: EnrolmentKey): Promise<EnrolmentRow | undefined> {
    const row = this.#table.get([userId, courseId, batchId]);
    if (row === undefined) return undefined;
    const times = TIMED.map((column) => row.writetime(column) ?? 0n);
    return {
      status: row.get('status'),
      completedon: row.get('completedon'),
      certificateCount: (row.get('issued_certificates')?.length ?? 0) + (row.get('certificates')?.length ?? 0),
      lastWrite: times.reduce((latest, time) => (time > latest ? time : latest)),
    };
  }

  async write(update: EnrolmentUpdate): Promise<void> {
    const key = [update.userId, update.courseId, update.batchId];
    const { completion } = update;
    const progress = {
      progress: update.progress,
      contentstatus: update.contentStatus,
      datetime: update.datetime,
    };
    if (completion === undefined) {
      await this.#table.write({ key, timestamp: update.readAt, set: { ...progress, status: 1 } });
      return;
    }
    const completed = {
      status: 2,
      ...(completion.completedon === undefined ? {} : { completedon: completion.completedon }),
    };
    await this.#table.write([
      { key, timestamp: update.readAt, set: progress },
      { key, timestamp: completion.writtenAt, set: completed },
    ]);
  }
}
