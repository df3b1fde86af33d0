import type { AggregateFunction, ReduceFunction } from '../state/aggregate-function.js';
import type { StreamOperator } from '../runtime/operator.js';
import { aggregated, emitting, processing, reduced } from './internal-window-function.js';
import type { InternalWindowFunction } from './internal-window-function.js';
import type { ProcessWindowFunction } from './process-window-function.js';
import type { Incremental } from './window-contents.js';
import type { WindowEnd, WindowPlan } from './window-plan.js';
import type { Window } from './window.js';

/** The operator of `reduce`, with or without a window function behind it. */
export function reduceOperator<K extends string | number, T, OUT, W extends Window>(
  plan: WindowPlan<K, T, W>,
  reduce: ReduceFunction<T>,
  fn: ProcessWindowFunction<K, T, OUT, W> | undefined,
  end: WindowEnd<T, T>,
): StreamOperator<T, OUT> {
  if (plan.hasEvictor) {
    const resultOf = (elements: readonly T[]): T | undefined => reduced(reduce, elements);
    return plan.list(ending(fn, resultOf), end);
  }
  const incremental: Incremental<T, T> = {
    first: (value) => value,
    add: (value, accumulator) => reduce(accumulator, value),
    merge: reduce,
  };
  return plan.incremental(
    incremental,
    ending<K, T, T, OUT, W>(fn, (value) => value),
    end,
  );
}

/** The operator of `aggregate`, with or without a window function behind it. */
export function aggregateOperator<K extends string | number, T, ACC, R, OUT, W extends Window>(
  plan: WindowPlan<K, T, W>,
  aggregate: AggregateFunction<T, ACC, R>,
  fn: ProcessWindowFunction<K, R, OUT, W> | undefined,
  end: WindowEnd<T, ACC>,
): StreamOperator<T, OUT> {
  if (plan.hasEvictor) {
    const resultOf = (elements: readonly T[]): R => aggregated(aggregate, elements);
    return plan.list(ending(fn, resultOf), { errors: end.errors });
  }
  const incremental: Incremental<T, ACC> = {
    first: (value) => aggregate.add(value, aggregate.createAccumulator()),
    add: (value, accumulator) => aggregate.add(value, accumulator),
    merge: (first, second) => mergeOf(aggregate)(first, second),
  };
  return plan.incremental(
    incremental,
    ending<K, ACC, R, OUT, W>(fn, (accumulator) => aggregate.getResult(accumulator)),
    end,
  );
}

/** @throws TypeError where windows merge and the function cannot */
export function checkMerges<T, ACC, R>(
  plan: { readonly isMerging: boolean; readonly hasEvictor: boolean; readonly detail: string },
  aggregate: AggregateFunction<T, ACC, R>,
): void {
  if (plan.isMerging && !plan.hasEvictor && aggregate.merge === undefined) {
    throw new TypeError(`${plan.detail}: windows merge, so the aggregate function needs merge`);
  }
}

/** Emits the result, or gives it to the user's function as its one element. */
function ending<K, X, R, OUT, W extends Window>(
  fn: ProcessWindowFunction<K, R, OUT, W> | undefined,
  resultOf: (contents: X) => R | undefined,
): InternalWindowFunction<K, X, OUT, W> {
  // Without a function the result is what comes out: OUT is R.
  if (fn === undefined) return emitting(resultOf as unknown as (contents: X) => OUT | undefined);
  return processing(fn, (contents: X) => {
    const result = resultOf(contents);
    return result === undefined ? undefined : [result];
  });
}

function mergeOf<T, ACC, R>(aggregate: AggregateFunction<T, ACC, R>): (first: ACC, second: ACC) => ACC {
  const merge = aggregate.merge?.bind(aggregate);
  if (merge === undefined) throw new TypeError('windows merge, and the aggregate function has no merge');
  return merge;
}
