import { TwoInputStreamOperator } from '../runtime/operator.js';
import type { StreamRecord } from '../runtime/stream-record.js';
import type { KeyedCoProcessFunction } from './co-functions.js';
import type { ErrorPolicy } from './error-policy.js';
import { KeyedCalls } from './keyed-calls.js';
import type { StateCursor } from './state-cursor.js';

/** What a KeyedCoProcessOperator is made of. */
export interface KeyedCoProcessOptions<K, IN1, IN2, OUT> {
  readonly keyOf1: (value: IN1) => K;
  readonly keyOf2: (value: IN2) => K;
  readonly fn: KeyedCoProcessFunction<K, IN1, IN2, OUT>;
  readonly errors: ErrorPolicy<IN1 | IN2> | undefined;
  /** One for all copies of the operator in the process. */
  readonly cursor: StateCursor;
}

/** Runs a KeyedCoProcessFunction: elements of both inputs with the same key meet in the same state. */
export class KeyedCoProcessOperator<K extends string | number, IN1, IN2, OUT> extends TwoInputStreamOperator<
  IN1,
  IN2,
  OUT
> {
  readonly #options: KeyedCoProcessOptions<K, IN1, IN2, OUT>;
  #calls: KeyedCalls<K, OUT> | undefined;

  constructor(options: KeyedCoProcessOptions<K, IN1, IN2, OUT>) {
    super();
    this.#options = options;
  }

  override async open(): Promise<void> {
    const { fn, cursor } = this.#options;
    this.#calls = new KeyedCalls<K, OUT>({
      host: this.host,
      out: this.out,
      cursor,
      onTimer: (timestamp, call) => fn.onTimer?.(timestamp, call, call),
    });
    await this.#calls.open((context) => fn.open?.(context));
  }

  override processElement1(record: StreamRecord<IN1>): void {
    const { keyOf1, fn, errors } = this.#options;
    this.#calls!.process(record, keyOf1, errors, (value, call) => fn.processElement1(value, call, call));
  }

  override processElement2(record: StreamRecord<IN2>): void {
    const { keyOf2, fn, errors } = this.#options;
    this.#calls!.process(record, keyOf2, errors, (value, call) => fn.processElement2(value, call, call));
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
    return this.#options.fn.close?.();
  }
}
