import { COMPLETED, IN_PROGRESS } from '../domain/formulas.js';
import type { EnrolmentUpdate } from '../domain/model.js';

/** What of an enrolment row a recompute writes. */
export interface StoredProgress {
  readonly status: number | null;
  readonly progress: number | null;
  readonly contentStatus: ReadonlyMap<string, number> | null;
}

/** Columns of user_enrolments that a write would change; none: the row agrees (`datetime`, the time of the write, apart). */
export function differences(
  stored: StoredProgress,
  update: Pick<EnrolmentUpdate, 'progress' | 'contentStatus' | 'completion'>,
): readonly ('status' | 'progress' | 'contentstatus')[] {
  const found: ('status' | 'progress' | 'contentstatus')[] = [];
  if (stored.status !== (update.completion === undefined ? IN_PROGRESS : COMPLETED)) found.push('status');
  if (stored.progress !== update.progress) found.push('progress');
  if (!sameMap(stored.contentStatus ?? new Map(), update.contentStatus)) found.push('contentstatus');
  return found;
}

function sameMap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  if (a.size !== b.size) return false;
  for (const [id, value] of a) if (b.get(id) !== value) return false;
  return true;
}
