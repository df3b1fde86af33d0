import { COMPLETED } from './formulas.js';
import type { EnrolmentRow, SyncRequest } from './model.js';
import type { Requests } from './requests.js';

/** The two options of the filter. */
export interface FilterOptions {
  /** Leave completed enrolments alone. */
  readonly filterCompleted: boolean;
  /** For a completed enrolment without a certificate, ask for it again. Acts only where `filterCompleted` is true. */
  readonly certificateRecovery: boolean;
}

/** What is to be done for a group. */
export type FilterDecision =
  | { readonly kind: 'skip'; readonly reason: 'no enrolment' | 'completed' }
  | { readonly kind: 'recompute'; readonly row: EnrolmentRow }
  /** Send the certificate request of this completion, nothing else. */
  | { readonly kind: 'recover'; readonly completedon: number }
  /**
   * The row is what an earlier run wrote for one of these requests: send that completion's outputs again and write
   * nothing. Then, once they are acknowledged, recompute for the others (empty where they are settled by it too).
   */
  | {
      readonly kind: 'replay';
      readonly completedon: number;
      readonly row: EnrolmentRow;
      readonly replayed: Requests;
      readonly others: readonly SyncRequest[];
    };

/** Decides by the row as it is stored. No row: a write would create one that nobody enrolled for. */
export function decideFilter(
  row: EnrolmentRow | undefined,
  requests: Requests,
  options: FilterOptions,
): FilterDecision {
  if (row === undefined) return { kind: 'skip', reason: 'no enrolment' };
  if (row.status !== COMPLETED) return { kind: 'recompute', row };

  const { completedon } = row;
  const [first, ...rest] = requests.filter((request) => request.time === completedon);
  if (completedon !== null && first !== undefined) {
    if (options.filterCompleted) return { kind: 'replay', completedon, row, replayed: requests, others: [] };
    const others = requests.filter((request) => request.time !== completedon);
    return { kind: 'replay', completedon, row, replayed: [first, ...rest], others };
  }
  if (!options.filterCompleted) return { kind: 'recompute', row };
  if (options.certificateRecovery && completedon !== null && row.certificateCount === 0) {
    return { kind: 'recover', completedon };
  }
  return { kind: 'skip', reason: 'completed' };
}
