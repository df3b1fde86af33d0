import type { BoundStatement, CassandraSession } from '@millrace/cassandra';
import type { EnrolmentKey, EnrolmentRow, EnrolmentUpdate } from '../../domain/model.js';
import { listLength, optionalInteger, optionalTime, writeTime } from '../column-values.js';
import type { EnrolmentStore } from '../ports.js';

/** What of a session the stores use. */
export type Statements = Pick<CassandraSession, 'execute' | 'all' | 'batch'>;

const WHERE = 'WHERE userid = ? AND courseid = ? AND batchid = ?';

/**
 * user_enrolments on Cassandra.
 *
 * WRITETIME is asked of the columns that the job writes, the collection excepted (before Cassandra 5 it has none):
 * contentstatus is always written in one statement with progress and datetime.
 */
export class CassandraEnrolmentStore implements EnrolmentStore {
  readonly #session: Statements;
  readonly #select: string;
  readonly #progress: string;
  readonly #progressAndStatus: string;
  readonly #status: string;
  readonly #statusAndCompletedon: string;

  /** @param table quoted, with its keyspace */
  constructor(session: Statements, table: string) {
    this.#session = session;
    this.#select =
      'SELECT status, completedon, issued_certificates, certificates, WRITETIME(status) AS w0, ' +
      `WRITETIME(completedon) AS w1, WRITETIME(progress) AS w2, WRITETIME(datetime) AS w3 FROM ${table} ${WHERE}`;
    const update = `UPDATE ${table} USING TIMESTAMP ? SET`;
    this.#progress = `${update} progress = ?, contentstatus = ?, datetime = ? ${WHERE}`;
    this.#progressAndStatus = `${update} progress = ?, contentstatus = ?, datetime = ?, status = ? ${WHERE}`;
    this.#status = `${update} status = ? ${WHERE}`;
    this.#statusAndCompletedon = `${update} status = ?, completedon = ? ${WHERE}`;
  }

  async read({ userId, courseId, batchId }: EnrolmentKey): Promise<EnrolmentRow | undefined> {
    const { rows } = await this.#session.execute(this.#select, [userId, courseId, batchId]);
    const row = rows[0];
    if (row === undefined) return undefined;
    const times = ['w0', 'w1', 'w2', 'w3'].map((name) => writeTime(`user_enrolments ${name}`, row[name]));
    return {
      status: optionalInteger('user_enrolments.status', row['status']),
      completedon: optionalTime('user_enrolments.completedon', row['completedon']),
      certificateCount:
        listLength('user_enrolments.issued_certificates', row['issued_certificates']) +
        listLength('user_enrolments.certificates', row['certificates']),
      lastWrite: times.reduce((latest, time) => (time > latest ? time : latest)),
    };
  }

  async write(update: EnrolmentUpdate): Promise<void> {
    const key = [update.userId, update.courseId, update.batchId];
    const { completion } = update;
    const values = [update.readAt, update.progress, new Map(update.contentStatus), new Date(update.datetime)];
    if (completion === undefined) {
      await this.#session.execute(this.#progressAndStatus, [...values, 1, ...key]);
      return;
    }
    const { completedon, writtenAt } = completion;
    const completed: BoundStatement =
      completedon === undefined
        ? { statement: this.#status, params: [writtenAt, 2, ...key] }
        : { statement: this.#statusAndCompletedon, params: [writtenAt, 2, new Date(completedon), ...key] };
    await this.#session.batch([{ statement: this.#progress, params: [...values, ...key] }, completed]);
  }
}
