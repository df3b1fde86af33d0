import { Observable, OwnSubscriber } from '../rx.js';
import type { OperatorFunction } from '../rx.js';
import type { StreamOperator, TwoInputStreamOperator } from './operator.js';
import type { Output } from './output.js';
import { Steps } from './step.js';
import type { StreamRecord } from './stream-record.js';

/** The elements between two operators of a task. */
export type Records<T> = Observable<StreamRecord<T>>;

/** A call into an operator, as an RxJS subscriber: an element costs one call a hop. */
class InputOf<T> extends OwnSubscriber<StreamRecord<T>> {
  readonly #operator: StreamOperator<never, unknown>;
  readonly #process: (record: StreamRecord<T>) => void;

  constructor(operator: StreamOperator<never, unknown>, process: (record: StreamRecord<T>) => void) {
    super();
    this.#operator = operator;
    this.#process = process;
  }

  override next(record: StreamRecord<T>): void {
    // RxJS would throw it in a timer of its own: the process would end, the element be lost silently.
    try {
      this.#process(record);
    } catch (error) {
      this.#operator.escaped(error);
    }
  }
}

/** The operator as an RxJS operator on stream elements. */
export function stage<IN, OUT>(
  operator: StreamOperator<IN, OUT>,
): OperatorFunction<StreamRecord<IN>, StreamRecord<OUT>> {
  return (source) =>
    new Observable((subscriber) => {
      operator.connect(subscriber);
      const { step } = operator;
      if (step !== undefined) return source.subscribe(Steps.before(step, subscriber));
      return source.subscribe(new InputOf<IN>(operator, (record) => operator.processElement(record)));
    });
}

/** The operator with its two inputs as an RxJS stream. */
export function twoInputStage<IN1, IN2, OUT>(
  operator: TwoInputStreamOperator<IN1, IN2, OUT>,
  first: Records<IN1>,
  second: Records<IN2>,
): Records<OUT> {
  return new Observable((subscriber) => {
    operator.connect(subscriber);
    const subscription = first.subscribe(new InputOf<IN1>(operator, (record) => operator.processElement1(record)));
    subscription.add(second.subscribe(new InputOf<IN2>(operator, (record) => operator.processElement2(record))));
    return subscription;
  });
}

/** Elements of several streams as they come. Unlike RxJS's `merge` it puts nothing between them and their reader. */
export function union<T>(streams: readonly Records<T>[]): Records<T> {
  const [only, ...others] = streams;
  if (only !== undefined && others.length === 0) return only;
  return new Observable((subscriber) => {
    for (const stream of streams) stream.subscribe(subscriber);
  });
}

/**
 * Where elements enter streams from a call: those of a source, of a side output, of an output that several read. What
 * RxJS's Subject is, without a copy of its list of readers for each element.
 */
export class Multicast<T> extends OwnSubscriber<StreamRecord<T>> {
  readonly #readers: Output<T>[] = [];
  readonly records: Records<T> = new Observable((subscriber) => {
    this.#readers.push(subscriber);
  });

  override next(record: StreamRecord<T>): void {
    for (const reader of this.#readers) reader.next(record);
  }

  /** The shortest way to the readers, once all have subscribed: the only one itself. */
  get output(): Output<T> {
    const [only] = this.#readers;
    return only !== undefined && this.#readers.length === 1 ? only : this;
  }
}
