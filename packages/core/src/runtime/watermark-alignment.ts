import { MAX_WATERMARK, MIN_WATERMARK } from '../time/watermark.js';
import type { WatermarkAlignment } from '../time/watermark-strategy.js';
import type { SourceWatermarks } from './source-watermarks.js';

/** A split's place in its alignment group. */
export interface AlignmentMember {
  readonly intervalMs: number;
  /** Whether the split is so far ahead of the group's slowest that it must not be read for now. */
  isAhead(): boolean;
  leave(): void;
}

/**
 * The splits of one process that wait for each other in event time, by group. Splits that are idle, at their end or
 * without a watermark yet hold nobody back.
 *
 * @see Flink, "Generating Watermarks", "Watermark alignment"
 */
export class WatermarkAlignments {
  readonly #groups = new Map<string, Set<SourceWatermarks>>();

  join(alignment: WatermarkAlignment, member: SourceWatermarks): AlignmentMember {
    const group = this.#groups.get(alignment.group) ?? new Set<SourceWatermarks>();
    this.#groups.set(alignment.group, group.add(member));
    return {
      intervalMs: alignment.updateIntervalMs,
      isAhead: () => member.watermark > slowest(group) + alignment.maxDriftMs && member.watermark !== MAX_WATERMARK,
      leave: () => {
        group.delete(member);
      },
    };
  }
}

function slowest(group: ReadonlySet<SourceWatermarks>): number {
  let minimum = MAX_WATERMARK;
  for (const { watermark, isIdle } of group) {
    if (!isIdle && watermark !== MIN_WATERMARK && watermark < minimum) minimum = watermark;
  }
  return minimum;
}
