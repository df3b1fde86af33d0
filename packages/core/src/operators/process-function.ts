import type { OutputTag } from '../api/output-tag.js';
import type { RichFunction } from './async-function.js';
import type { TimerService } from './timers/timer-service.js';

/** Takes what a function emits; each call emits downstream at once, in order. */
export interface Collector<OUT> {
  collect(value: OUT): void;
}

/** What a process function knows of the element in hand. Valid during the call only. */
export interface ProcessContext {
  /** Event time of the element in milliseconds, undefined where it has none. */
  timestamp(): number | undefined;
  /** Emits to a side output, with the element's timestamp. Order per tag is kept. */
  output<X>(tag: OutputTag<X>, value: NoInfer<X>): void;
  /** Processing time, the watermark, and, on a keyed stream, the timers of the element's key. */
  timerService(): TimerService;
}

/**
 * A synchronous function of one element that may emit any number of elements and side outputs. An error judged by the
 * operator's policy leaves what was emitted before it. After Flink's ProcessFunction.
 */
export interface ProcessFunction<IN, OUT> extends RichFunction {
  processElement(value: IN, context: ProcessContext, out: Collector<OUT>): void;
}
