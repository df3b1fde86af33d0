import type { OutputTag } from '../api/output-tag.js';
import type { RichFunction } from './async-function.js';
import type { Collector } from './process-function.js';

/** What a join function knows of the pair in hand. Valid during the call only. */
export interface ProcessJoinContext {
  /** Event time of the left element, in milliseconds. */
  getLeftTimestamp(): number;
  /** Event time of the right element, in milliseconds. */
  getRightTimestamp(): number;
  /** The larger of the two: what is emitted carries it. */
  getTimestamp(): number;
  /** Emits to a side output, with the larger timestamp. */
  output<X>(tag: OutputTag<X>, value: NoInfer<X>): void;
}

/** A synchronous function of each pair that an interval join finds. After Flink's ProcessJoinFunction. */
export interface ProcessJoinFunction<L, R, OUT> extends RichFunction {
  processElement(left: L, right: R, context: ProcessJoinContext, out: Collector<OUT>): void;
}

/** The pair in hand, as the error policy of an interval join sees it. */
export interface JoinedPair<L, R> {
  readonly left: L;
  readonly right: R;
}
