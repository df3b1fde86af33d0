import { StreamOperator } from '../runtime/operator.js';
import type { StreamRecord } from '../runtime/stream-record.js';
import type { ErrorPolicy } from './error-policy.js';
import { KeyedCalls } from './keyed-calls.js';
import type { KeyedProcessFunction } from './keyed-process-function.js';
import { StateCursor } from './state-cursor.js';

/** Runs a KeyedProcessFunction: for elements and timers, with the state of its task scoped to their key. */
export class KeyedProcessOperator<K extends string | number, IN, OUT> extends StreamOperator<IN, OUT> {
  readonly #keyOf: (value: IN) => K;
  readonly #function: KeyedProcessFunction<K, IN, OUT>;
  readonly #errors: ErrorPolicy<IN> | undefined;
  readonly #cursor: StateCursor;
  /** Undefined until opened. */
  #calls: KeyedCalls<K, OUT> | undefined;

  /** @param cursor one for all copies of the operator in the process */
  constructor(
    keyOf: (value: IN) => K,
    fn: KeyedProcessFunction<K, IN, OUT>,
    errors: ErrorPolicy<IN> | undefined,
    cursor = new StateCursor(),
  ) {
    super();
    this.#keyOf = keyOf;
    this.#function = fn;
    this.#errors = errors;
    this.#cursor = cursor;
  }

  override async open(): Promise<void> {
    const fn = this.#function;
    this.#calls = new KeyedCalls<K, OUT>({
      host: this.host,
      out: this.out,
      cursor: this.#cursor,
      onTimer: (timestamp, call) => fn.onTimer?.(timestamp, call, call),
    });
    await this.#calls.open((context) => fn.open?.(context));
  }

  override processElement(record: StreamRecord<IN>): void {
    this.#calls!.process(record, this.#keyOf, this.#errors, (value, call) =>
      this.#function.processElement(value, call, call),
    );
  }

  override processWatermark(timestamp: number): void {
    this.#calls!.advanceWatermark(timestamp);
    super.processWatermark(timestamp);
  }

  override get numEventTimeTimers(): number {
    return this.#calls?.numEventTimeTimers ?? 0;
  }

  override get numProcessingTimeTimers(): number {
    return this.#calls?.numProcessingTimeTimers ?? 0;
  }

  override close(): void | Promise<void> {
    this.#calls?.close();
    return this.#function.close?.();
  }
}
