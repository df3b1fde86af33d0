import type { StreamRecord } from '../runtime/stream-record.js';
import { StreamOperator } from '../runtime/operator.js';
import { MIN_WATERMARK } from '../time/watermark.js';
import type { RichFunction } from './async-function.js';
import type { ErrorPolicy } from './error-policy.js';
import { FunctionCall, mustBeSynchronous } from './function-call.js';
import { judge, kindOf } from './judge.js';
import type { Collector, ProcessContext, ProcessFunction } from './process-function.js';
import { UnkeyedTimerService } from './timers/timer-service.js';

/** A function as it may be: the type says void, but an async function passes for one. */
interface AnyAnswer<IN, OUT> extends RichFunction {
  processElement(value: IN, context: ProcessContext, out: Collector<OUT>): unknown;
}

/** Runs a ProcessFunction. */
export class ProcessOperator<IN, OUT> extends StreamOperator<IN, OUT> {
  readonly #function: AnyAnswer<IN, OUT>;
  readonly #errors: ErrorPolicy<IN> | undefined;
  #call: FunctionCall<OUT> | undefined;
  #watermark = MIN_WATERMARK;

  constructor(fn: ProcessFunction<IN, OUT>, errors: ErrorPolicy<IN> | undefined) {
    super();
    this.#function = fn;
    this.#errors = errors;
  }

  override open(): void | Promise<void> {
    const { context } = this.host;
    const timers = new UnkeyedTimerService(
      () => context.clock.now(),
      () => this.#watermark,
    );
    this.#call = new FunctionCall(this.host, this.out, timers);
    return this.#function.open?.(context);
  }

  override processElement(record: StreamRecord<IN>): void {
    const call = this.#call!;
    call.begin(record);
    try {
      mustBeSynchronous(this.#function.processElement(record.value, call, call), 'processElement');
    } catch (error) {
      judge(this.host, this.#errors, record, error, kindOf(this.#errors, error), 1);
    } finally {
      call.end();
    }
  }

  override processWatermark(timestamp: number): void {
    this.#watermark = timestamp;
    super.processWatermark(timestamp);
  }

  override close(): void | Promise<void> {
    return this.#function.close?.();
  }
}
