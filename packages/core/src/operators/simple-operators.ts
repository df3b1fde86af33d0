import { StreamOperator } from '../runtime/operator.js';
import { StreamRecord } from '../runtime/stream-record.js';
import type { ErrorPolicy } from './error-policy.js';
import { judge, kindOf } from './judge.js';

/** Exactly one out for each in, same order, same timestamp. */
export class MapOperator<IN, OUT> extends StreamOperator<IN, OUT> {
  readonly #map: (value: IN) => OUT;
  readonly #errors: ErrorPolicy<IN> | undefined;

  constructor(map: (value: IN) => OUT, errors: ErrorPolicy<IN> | undefined) {
    super();
    this.#map = map;
    this.#errors = errors;
  }

  override processElement(record: StreamRecord<IN>): void {
    let value: OUT;
    try {
      value = this.#map(record.value);
    } catch (error) {
      judge(this.host, this.#errors, record, error, kindOf(this.#errors, error), 1);
      return;
    }
    this.out.next(new StreamRecord(value, record.timestamp, record.scope));
  }
}

/** Keeps the elements for which the predicate is true. */
export class FilterOperator<T> extends StreamOperator<T, T> {
  readonly #predicate: (value: T) => boolean;
  readonly #errors: ErrorPolicy<T> | undefined;

  constructor(predicate: (value: T) => boolean, errors: ErrorPolicy<T> | undefined) {
    super();
    this.#predicate = predicate;
    this.#errors = errors;
  }

  override processElement(record: StreamRecord<T>): void {
    let keep: boolean;
    try {
      keep = this.#predicate(record.value);
    } catch (error) {
      judge(this.host, this.#errors, record, error, kindOf(this.#errors, error), 1);
      return;
    }
    if (keep) this.out.next(record);
  }
}

/** Passes every element on: where streams meet (union) or a stream is given a name. */
export class ForwardOperator<T> extends StreamOperator<T, T> {
  override processElement(record: StreamRecord<T>): void {
    this.out.next(record);
  }
}
