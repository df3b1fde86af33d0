import { TwoInputStreamOperator } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import type { CoMapFunction } from './co-functions.js';
import type { ErrorPolicy } from './error-policy.js';
import { mustBeSynchronous } from './function-call.js';
import { judge, kindOf } from './judge.js';

/** Runs a CoMapFunction: one out for each in, with its timestamp. */
export class CoMapOperator<IN1, IN2, OUT> extends TwoInputStreamOperator<IN1, IN2, OUT> {
  readonly #function: CoMapFunction<IN1, IN2, OUT>;
  readonly #errors: ErrorPolicy<IN1 | IN2> | undefined;

  constructor(fn: CoMapFunction<IN1, IN2, OUT>, errors: ErrorPolicy<IN1 | IN2> | undefined) {
    super();
    this.#function = fn;
    this.#errors = errors;
  }

  override open(): void | Promise<void> {
    return this.#function.open?.(this.host.context);
  }

  override processElement1(record: StreamRecord<IN1>): void {
    this.#map(record, () => this.#function.map1(record.value), 'map1');
  }

  override processElement2(record: StreamRecord<IN2>): void {
    this.#map(record, () => this.#function.map2(record.value), 'map2');
  }

  #map(record: StreamRecord<IN1 | IN2>, map: () => OUT, name: string): void {
    let value: OUT;
    try {
      value = map();
      mustBeSynchronous(value, name);
    } catch (error) {
      judge(this.host, this.#errors, record, error, kindOf(this.#errors, error), 1);
      return;
    }
    this.out.next(new StreamRecord(value, record.timestamp, record.scope));
  }

  override close(): void | Promise<void> {
    return this.#function.close?.();
  }
}
