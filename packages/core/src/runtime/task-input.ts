import type { SplitLease } from '../connector/source.js';
import type { ChainEntry } from './operator-chain.js';
import type { OffsetTracker } from './offset-tracker.js';
import type { InputMetrics } from './task-metrics.js';
import type { SourceWatermarks } from './source-watermarks.js';
import type { AlignmentMember } from './watermark-alignment.js';

/** One split that a task reads: how far it is, and what it knows of event time. */
export interface TaskInput {
  readonly sourceUid: string;
  readonly lease: SplitLease;
  readonly entry: ChainEntry;
  readonly tracker: OffsetTracker;
  readonly metrics: InputMetrics;
  /** Undefined where the source has no watermark strategy. */
  readonly watermarks: SourceWatermarks | undefined;
  readonly alignment: AlignmentMember | undefined;
  /** Last position that was committed, undefined before the first commit. */
  committed: number | undefined;
  /** Position in the last checkpoint that was written to the state backend. */
  written: number | undefined;
  /** No record comes any more: the split is bounded and was read to its end. */
  isFinished: boolean;
}

/** Under which name a checkpoint keeps the position of a split. */
export function positionKey(sourceUid: string, splitId: string): string {
  return JSON.stringify([sourceUid, splitId]);
}
