import type { AsyncFunction } from '../operators/async-function.js';
import { AsyncOperator } from '../operators/async-operator.js';
import { KeyedAsyncOperator } from '../operators/keyed-async-operator.js';
import type { AsyncRetryStrategy } from '../operators/async-retry-strategy.js';
import { checkCapacity, checkTimeout } from '../operators/check-options.js';
import type { DataStream, SingleOutputStream } from './data-stream.js';
import type { KeyedStream } from './keyed-stream.js';
import type { AsyncOptions } from './options.js';

const DEFAULT_CAPACITY = 100;

/** An asynchronous function, or a factory of one where it keeps anything between calls. */
type FunctionOrFactory<IN, OUT> = AsyncFunction<IN, OUT> | (() => AsyncFunction<IN, OUT>);

function create<IN, OUT>(fn: FunctionOrFactory<IN, OUT>): AsyncFunction<IN, OUT> {
  return typeof fn === 'function' ? fn() : fn;
}

/** Says at building time what could never run. */
function capacityOf(options: { readonly capacity?: number; readonly timeoutMs?: number }): number {
  const capacity = options.capacity ?? DEFAULT_CAPACITY;
  checkCapacity(capacity);
  checkTimeout(options.timeoutMs);
  return capacity;
}

function callOptions<IN, OUT>(
  options: AsyncOptions<IN, OUT>,
): {
  timeoutMs: number | undefined;
  retryStrategy: AsyncRetryStrategy | undefined;
  errors: AsyncOptions<IN>['errors'];
} {
  // What it is asked about are results of this operator's own function.
  const retryStrategy = options.retryStrategy as AsyncRetryStrategy | undefined;
  return { timeoutMs: options.timeoutMs, retryStrategy, errors: options.errors };
}

function wait<IN, OUT>(
  kind: 'orderedWait' | 'unorderedWait',
  stream: DataStream<IN>,
  fn: FunctionOrFactory<IN, OUT>,
  options: AsyncOptions<IN, NoInfer<OUT>>,
): SingleOutputStream<OUT> {
  const capacity = capacityOf(options);
  const isOrdered = kind === 'orderedWait';
  return stream.transform(
    kind,
    options,
    () => new AsyncOperator(create(fn), callOptions(options), capacity, isOrdered),
  );
}

/** Results in the order of the elements, watermarks in place. */
function orderedWait<IN, OUT>(
  stream: DataStream<IN>,
  fn: FunctionOrFactory<IN, OUT>,
  options: AsyncOptions<IN, NoInfer<OUT>>,
): SingleOutputStream<OUT> {
  return wait('orderedWait', stream, fn, options);
}

/** Results as they come, but never across a watermark. */
function unorderedWait<IN, OUT>(
  stream: DataStream<IN>,
  fn: FunctionOrFactory<IN, OUT>,
  options: AsyncOptions<IN, NoInfer<OUT>>,
): SingleOutputStream<OUT> {
  return wait('unorderedWait', stream, fn, options);
}

/**
 * One call of a key at a time, in order; different keys concurrently. Not in Flink: what its users build by hand where
 * a service must not see two updates of one key at once. Results as they come, but never across a watermark.
 */
function keyedWait<K extends string | number, IN, OUT>(
  stream: KeyedStream<K, IN>,
  fn: FunctionOrFactory<IN, OUT>,
  options: AsyncOptions<IN, NoInfer<OUT>>,
): SingleOutputStream<OUT> {
  const capacity = capacityOf(options);
  return stream.stream.transform(
    'keyedWait',
    options,
    () => new KeyedAsyncOperator(stream.keyOf, create(fn), callOptions(options), capacity),
  );
}

/**
 * Asynchronous I/O on streams.
 *
 * @see Flink, "Asynchronous I/O for External Data Access"
 */
export const AsyncDataStream = { orderedWait, unorderedWait, keyedWait };
