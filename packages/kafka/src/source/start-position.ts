import type { PartitionRange } from '../connection/offsets.js';

export interface StartPosition {
  readonly position: number;
  /** The offset that the group or this process stood at and that is not in the log any more. */
  readonly outOfRange: number | undefined;
  /** Whether `position` is to be committed at once, before a record is read. */
  readonly commit: boolean;
}

/**
 * Where to begin in a partition that was just assigned.
 *
 * @param committed the group's next offset, undefined where it has none
 * @param settled next offset behind what this process had settled in the partition before, undefined where nothing. It
 *   can be ahead of `committed` when the last commit did not get through; it can be behind when others had the partition
 *   meanwhile. What either says was settled is not read again.
 * @param range what the partition holds now
 * @param policy where to begin when neither leads anywhere
 */
export function startPosition(
  committed: number | undefined,
  settled: number | undefined,
  range: PartitionRange,
  policy: 'earliest' | 'latest',
): StartPosition {
  const known = Math.max(committed ?? -1, settled ?? -1);
  if (known >= range.earliest && known <= range.end) {
    return { position: known, outOfRange: undefined, commit: known !== committed };
  }
  return {
    position: resetPosition(range, policy),
    outOfRange: known < 0 ? undefined : known,
    // `latest`: without a commit the next owner would look for the end again, and miss what came meanwhile. An offset
    // behind the end: once the log has grown past it, the next owner would begin there, and miss what is before it. One
    // before the beginning: the next owner would find the same records missing again.
    commit: policy === 'latest' || known >= 0,
  };
}

/** Where reading begins when nothing else says where. */
export function resetPosition({ earliest, end }: PartitionRange, policy: 'earliest' | 'latest'): number {
  return policy === 'earliest' ? earliest : end;
}

/** A beginning that the task's own state may have corrected. */
export interface Beginning {
  readonly position: number;
  /** First offset that is gone from the log and was not read; undefined where nothing is. */
  readonly missedFrom: number | undefined;
}

/**
 * Where to begin when the state of the task has a position too (`restored`): that one is the truth, unless the log begins
 * behind it.
 *
 * @param start what the group's offset led to
 */
export function beginning(
  start: StartPosition,
  restored: number | undefined,
  range: PartitionRange,
  policy: 'earliest' | 'latest',
): Beginning {
  const isRestored = restored !== undefined && restored !== start.position;
  const known = isRestored ? restored : start.outOfRange;
  if (known === undefined || known >= range.earliest) {
    return { position: restored ?? start.position, missedFrom: undefined };
  }
  if (!isRestored) return { position: start.position, missedFrom: known };
  return { position: resetPosition(range, policy), missedFrom: known };
}
