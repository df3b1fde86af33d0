import type { CassandraRow, CassandraSession } from '@millrace/cassandra';
import type { EnrolmentKey } from '../../domain/model.js';
import { requiredText } from '../column-values.js';
import { meant } from '../enrolment-scan.js';
import type { EnrolmentScan, ScanFilter, ScannedPage } from '../enrolment-scan.js';
import { PartitionerError } from '../errors.js';

/** Tokens of the Murmur3 partitioner lie above the first and up to the last. */
const BEFORE_FIRST = -(2n ** 63n);
const LAST = 2n ** 63n - 1n;

const ROWS_PER_PAGE = 1_000;
/** Rows of a range that are few, and that are many: a scan goes on at the beginning of the range that was under way. */
const FEW = 2_000;
const MANY = 20_000;
const FIRST_WIDTH = 2n ** 54n;
const LEAST_WIDTH = 1n;
const MOST_WIDTH = 2n ** 61n;

/**
 * user_enrolments by ranges of the partitions' tokens, each read page by page. How wide the next range is follows from
 * the rows of the one before, so that small and large tables take few questions and a position is never far. A position
 * is the last token that was read.
 */
export class CassandraEnrolmentScan implements EnrolmentScan {
  readonly #session: Pick<CassandraSession, 'execute' | 'rows'>;
  readonly #select: string;

  /** @param table quoted, with its keyspace */
  constructor(session: Pick<CassandraSession, 'execute' | 'rows'>, table: string) {
    this.#session = session;
    this.#select = `SELECT userid, courseid, batchid FROM ${table} ` + 'WHERE token(userid) > ? AND token(userid) <= ?';
  }

  /** @throws PartitionerError (a SetupError) where the cluster places its rows otherwise */
  async *scan(filter: ScanFilter, from: string | undefined): AsyncIterable<ScannedPage> {
    await this.#checkPartitioner();
    let width = FIRST_WIDTH;
    let after = from === undefined ? BEFORE_FIRST : BigInt(from);
    while (after < LAST) {
      const last = after + width > LAST ? LAST : after + width;
      let inRange = 0;
      for await (const rows of this.#pages(after, last)) {
        inRange += rows.length;
        yield { keys: meant(rows.map(keyOf), filter), rows: rows.length, position: undefined, share: shareOf(after) };
      }
      yield { keys: [], rows: 0, position: String(last), share: shareOf(last) };
      width = nextWidth(width, inRange);
      after = last;
    }
  }

  async *#pages(after: bigint, last: bigint): AsyncIterable<readonly CassandraRow[]> {
    let rows: CassandraRow[] = [];
    for await (const row of this.#session.rows(this.#select, [after, last], { fetchSize: ROWS_PER_PAGE })) {
      rows.push(row);
      if (rows.length < ROWS_PER_PAGE) continue;
      yield rows;
      rows = [];
    }
    if (rows.length > 0) yield rows;
  }

  async #checkPartitioner(): Promise<void> {
    const { rows } = await this.#session.execute('SELECT partitioner FROM system.local');
    const partitioner = rows[0]?.['partitioner'];
    if (typeof partitioner === 'string' && partitioner.endsWith('Murmur3Partitioner')) return;
    throw new PartitionerError(String(partitioner));
  }
}

function nextWidth(width: bigint, rows: number): bigint {
  if (rows > MANY) return width / 4n > LEAST_WIDTH ? width / 4n : LEAST_WIDTH;
  if (rows < FEW) return width * 4n < MOST_WIDTH ? width * 4n : MOST_WIDTH;
  return width;
}

function shareOf(token: bigint): number {
  return Number(token - BEFORE_FIRST) / Number(LAST - BEFORE_FIRST);
}

function keyOf(row: CassandraRow): EnrolmentKey {
  return {
    userId: requiredText('user_enrolments.userid', row['userid']),
    courseId: requiredText('user_enrolments.courseid', row['courseid']),
    batchId: requiredText('user_enrolments.batchid', row['batchid']),
  };
}
