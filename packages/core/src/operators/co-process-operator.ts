import { TwoInputStreamOperator } from '../runtime/operator.js';
import type { StreamRecord } from '../runtime/stream-record.js';
import { MIN_WATERMARK } from '../time/watermark.js';
import type { CoFlatMapFunction, CoProcessFunction } from './co-functions.js';
import type { ErrorPolicy } from './error-policy.js';
import { UnkeyedCalls } from './unkeyed-calls.js';

/** Runs a CoProcessFunction: elements of both inputs, one at a time. The watermark is the lower of the two. */
export class CoProcessOperator<IN1, IN2, OUT> extends TwoInputStreamOperator<IN1, IN2, OUT> {
  readonly #function: CoProcessFunction<IN1, IN2, OUT>;
  readonly #errors: ErrorPolicy<IN1 | IN2> | undefined;
  #calls: UnkeyedCalls<OUT> | undefined;
  #watermark = MIN_WATERMARK;

  constructor(fn: CoProcessFunction<IN1, IN2, OUT>, errors: ErrorPolicy<IN1 | IN2> | undefined) {
    super();
    this.#function = fn;
    this.#errors = errors;
  }

  override open(): void | Promise<void> {
    this.#calls = new UnkeyedCalls(this.host, this.out, () => this.#watermark);
    return this.#function.open?.(this.host.context);
  }

  override processElement1(record: StreamRecord<IN1>): void {
    this.#calls!.process(record, 'processElement1', this.#errors, (value, call) =>
      this.#function.processElement1(value, call, call),
    );
  }

  override processElement2(record: StreamRecord<IN2>): void {
    this.#calls!.process(record, 'processElement2', this.#errors, (value, call) =>
      this.#function.processElement2(value, call, call),
    );
  }

  override processWatermark(timestamp: number): void {
    this.#watermark = timestamp;
    super.processWatermark(timestamp);
  }

  override close(): void | Promise<void> {
    return this.#function.close?.();
  }
}

/** A CoFlatMapFunction as a CoProcessFunction that does not look at its context. */
export function processingOf<IN1, IN2, OUT>(fn: CoFlatMapFunction<IN1, IN2, OUT>): CoProcessFunction<IN1, IN2, OUT> {
  return {
    open: (context) => fn.open?.(context),
    processElement1: (value, _context, out) => fn.flatMap1(value, out),
    processElement2: (value, _context, out) => fn.flatMap2(value, out),
    close: () => fn.close?.(),
  };
}
