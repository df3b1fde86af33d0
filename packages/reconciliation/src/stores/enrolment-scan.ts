import type { EnrolmentKey } from '../domain/model.js';

/** A stretch of user_enrolments that was read. */
export interface ScannedPage {
  /** The enrolments in it that are meant. */
  readonly keys: readonly EnrolmentKey[];
  /** Rows that were read, those of other courses included. */
  readonly rows: number;
  /** Where to go on behind this page, for `from`; undefined where one cannot: behind the next page that has it. */
  readonly position: string | undefined;
  /** How much of the table is read, from 0 to 1; undefined where that is not known. */
  readonly share: number | undefined;
}

/** Whose enrolments are meant. */
export interface ScanFilter {
  readonly courseId: string;
  /** Undefined: all batches of the course. */
  readonly batchId: string | undefined;
}

/**
 * user_enrolments from its beginning to its end. The table has no index by course: every row is read, of each the key
 * alone. Memory is flat; a row written meanwhile may or may not be met, no other is missed or met twice.
 */
export interface EnrolmentScan {
  /** @param from a page's `position`; undefined begins at the beginning */
  scan(filter: ScanFilter, from: string | undefined): AsyncIterable<ScannedPage>;
}

/** The keys that are meant. */
export function meant(keys: readonly EnrolmentKey[], { courseId, batchId }: ScanFilter): readonly EnrolmentKey[] {
  return keys.filter((key) => key.courseId === courseId && (batchId === undefined || key.batchId === batchId));
}
