/** Combines two values of one type into one; must be associative where results are merged. After Flink's ReduceFunction. */
export type ReduceFunction<T> = (first: T, second: T) => T;

/**
 * Adds elements up in an accumulator, so that only the accumulator is kept. After Flink's AggregateFunction. `add` may
 * change the accumulator it is given and return it.
 */
export interface AggregateFunction<IN, ACC, OUT> {
  createAccumulator(): ACC;
  add(value: IN, accumulator: ACC): ACC;
  getResult(accumulator: ACC): OUT;
  /** Needed where windows merge (session windows) only. */
  merge?(first: ACC, second: ACC): ACC;
}
