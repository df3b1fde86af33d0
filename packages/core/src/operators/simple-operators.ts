import { StreamOperator } from '../runtime/operator.js';
import type { Output } from '../runtime/output.js';
import { Steps } from '../runtime/step.js';
import type { Step } from '../runtime/step.js';
import type { StreamRecord } from '../runtime/stream-record.js';
import type { ErrorPolicy } from './error-policy.js';
import { judge, kindOf } from './judge.js';

/** An operator that is one call for each element; the chain takes several together, `processElement` is for one alone. */
abstract class StepOperator<IN, OUT> extends StreamOperator<IN, OUT> {
  readonly #step: Step;
  #alone!: Steps;

  constructor(call: (value: IN) => unknown, isFilter: boolean, errors: ErrorPolicy<IN> | undefined) {
    super();
    this.#step = {
      call: call as (value: unknown) => unknown,
      isFilter,
      failed: (record, error) => {
        judge(this.host, errors, record as StreamRecord<IN>, error, kindOf(errors, error), 1);
      },
    };
  }

  override get step(): Step {
    return this.#step;
  }

  override connect(out: Output<OUT>): void {
    super.connect(out);
    this.#alone = Steps.before(this.#step, out);
  }

  override processElement(record: StreamRecord<IN>): void {
    this.#alone.next(record);
  }
}

/** Exactly one out for each in, same order, same timestamp. */
export class MapOperator<IN, OUT> extends StepOperator<IN, OUT> {
  constructor(map: (value: IN) => OUT, errors: ErrorPolicy<IN> | undefined) {
    super(map, false, errors);
  }
}

/** Keeps the elements for which the predicate is true. */
export class FilterOperator<T> extends StepOperator<T, T> {
  constructor(predicate: (value: T) => boolean, errors: ErrorPolicy<T> | undefined) {
    super(predicate, true, errors);
  }
}

/** Passes every element on: where streams meet (union) or a stream is given a name. */
export class ForwardOperator<T> extends StreamOperator<T, T> {
  override processElement(record: StreamRecord<T>): void {
    this.out.next(record);
  }
}
