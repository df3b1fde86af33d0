import type { EnrolmentKey } from '../../domain/model.js';
import { meant } from '../enrolment-scan.js';
import type { EnrolmentScan, ScanFilter, ScannedPage } from '../enrolment-scan.js';
import type { EmbeddedTables } from './tables.js';

const ROWS_PER_PAGE = 500;

/** user_enrolments of an embedded store, in the order of its keys; a position is the key of a row. */
export class EmbeddedEnrolmentScan implements EnrolmentScan {
  readonly #table: EmbeddedTables['enrolments'];

  constructor(table: EmbeddedTables['enrolments']) {
    this.#table = table;
  }

  async *scan(filter: ScanFilter, from: string | undefined): AsyncIterable<ScannedPage> {
    const after = from === undefined ? undefined : (JSON.parse(from) as readonly string[]);
    let keys: EnrolmentKey[] = [];
    for (const { key } of this.#table.scan(after === undefined ? {} : { after })) {
      keys.push({ userId: key[0] ?? '', courseId: key[1] ?? '', batchId: key[2] ?? '' });
      if (keys.length < ROWS_PER_PAGE) continue;
      yield page(keys, filter);
      keys = [];
      // Reads are synchronous: signals are heard in between.
      await new Promise(setImmediate);
    }
    if (keys.length > 0) yield page(keys, filter);
  }
}

function page(keys: readonly EnrolmentKey[], filter: ScanFilter): ScannedPage {
  const last = keys.at(-1);
  const position = last === undefined ? undefined : JSON.stringify([last.userId, last.courseId, last.batchId]);
  return { keys: meant(keys, filter), rows: keys.length, position, share: undefined };
}
