import type { ErrorPolicy } from '../operators/error-policy.js';
import { TwoInputStreamOperator } from '../runtime/operator.js';
import type { OperatorHost, StreamOperator } from '../runtime/operator.js';
import type { Output } from '../runtime/output.js';
import { StreamRecord } from '../runtime/stream-record.js';

/**
 * An element of one of two streams in a window that both share: what triggers, evictors and dynamic gaps of a window
 * join see. Flink's TaggedUnion.
 */
export type TaggedUnion<T1, T2> = { readonly one: T1 } | { readonly two: T2 };

/** The element without its tag. */
export function untagged<T1, T2>(element: TaggedUnion<T1, T2>): T1 | T2 {
  return 'one' in element ? element.one : element.two;
}

/** An error policy of the elements as one of tagged elements. */
export function taggedErrors<T1, T2>(errors: ErrorPolicy<T1 | T2>): ErrorPolicy<TaggedUnion<T1, T2>> {
  const { onEventError, ...rest } = errors;
  if (typeof onEventError !== 'object') return onEventError === undefined ? rest : { ...rest, onEventError };
  const { tag, make } = onEventError;
  return { ...rest, onEventError: { tag, make: (input, error, info) => make(untagged(input), error, info) } };
}

/** Two streams in the windows of one operator: tags the elements and hands them on, as Flink does with a union. */
export class TaggedWindowOperator<T1, T2, OUT> extends TwoInputStreamOperator<T1, T2, OUT> {
  readonly #windows: StreamOperator<TaggedUnion<T1, T2>, OUT>;

  constructor(windows: StreamOperator<TaggedUnion<T1, T2>, OUT>) {
    super();
    this.#windows = windows;
  }

  override setup(host: OperatorHost): void {
    super.setup(host);
    this.#windows.setup(host);
  }

  override connect(out: Output<OUT>): void {
    super.connect(out);
    this.#windows.connect(out);
  }

  override open(): void | Promise<void> {
    return this.#windows.open();
  }

  override processElement1({ value, timestamp, scope }: StreamRecord<T1>): void {
    this.#windows.processElement(new StreamRecord({ one: value }, timestamp, scope));
  }

  override processElement2({ value, timestamp, scope }: StreamRecord<T2>): void {
    this.#windows.processElement(new StreamRecord({ two: value }, timestamp, scope));
  }

  override processWatermark(timestamp: number): void {
    this.#windows.processWatermark(timestamp);
  }

  override finish(): void {
    this.#windows.finish();
  }

  override get numEventTimeTimers(): number {
    return this.#windows.numEventTimeTimers;
  }

  override get numProcessingTimeTimers(): number {
    return this.#windows.numProcessingTimeTimers;
  }

  override close(): void | Promise<void> {
    return this.#windows.close();
  }
}
