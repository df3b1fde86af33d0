import { COMPLETED } from './formulas.js';
import type { EnrolmentRow } from './model.js';

/** When an enrolment that is complete counts as completed. */
export interface CompletionTime {
  /** What the outputs say. Milliseconds since 1970 UTC. */
  readonly completedon: number;
  /** What is to be written; undefined keeps what is stored. */
  readonly write: number | undefined;
}

/** A row that is at status 2 already keeps its completedon; otherwise, or where it has none, it is the request's time. */
export function completionTime(row: EnrolmentRow, requestTime: number): CompletionTime {
  return row.status === COMPLETED && row.completedon !== null
    ? { completedon: row.completedon, write: undefined }
    : { completedon: requestTime, write: requestTime };
}
