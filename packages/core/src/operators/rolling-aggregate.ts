import type { ReduceFunction } from '../state/aggregate-function.js';

/** What `sum` can add. */
export type Summable = number | bigint;
/** What `min` and `max` can compare: by value; NaN counts as the largest, as in Flink. */
export type Orderable = number | bigint | string | Date;

/** Names of the fields of `T` that always hold one of `V`. */
export type FieldOf<T, V> = keyof { [F in keyof T as T[F] extends V ? F : never]: unknown } & keyof T;

/** Says which value of an element counts: the name of a field, or a function. */
export type Selector<T, V> = FieldOf<T, V> | ((value: T) => V);

/** The first element with the sum so far in its field, as Flink's SumAggregator. */
export function summingField<T>(field: FieldOf<T, Summable>): ReduceFunction<T> {
  return (sum, element) => ({ ...sum, [field]: add(sum[field] as Summable, element[field] as Summable) });
}

export function add(sum: Summable, value: Summable): Summable {
  // Fields and selectors have one type for all elements; BigInt and number do not mix.
  return (sum as number) + (value as number);
}

/** The first element with the smallest (largest) value so far in its field, as Flink's ComparableAggregator. */
export function extremeField<T>(field: FieldOf<T, Orderable>, sign: 1 | -1): ReduceFunction<T> {
  return (extreme, element) =>
    sign * compare(element[field] as Orderable, extreme[field] as Orderable) < 0
      ? { ...extreme, [field]: element[field] }
      : extreme;
}

/** The smaller (larger) of two values. */
export function extremeOf<V extends Orderable>(sign: 1 | -1): ReduceFunction<V> {
  return (extreme, value) => (sign * compare(value, extreme) < 0 ? value : extreme);
}

/** The whole element with the smallest (largest) value so far; the first or the last of several. */
export function extremeBy<T>(select: Selector<T, Orderable>, sign: 1 | -1, keepsFirst: boolean): ReduceFunction<T> {
  const valueOf = typeof select === 'function' ? select : (value: T) => value[select] as Orderable;
  return (extreme, element) => {
    const order = sign * compare(valueOf(element), valueOf(extreme));
    return order < 0 || (order === 0 && !keepsFirst) ? element : extreme;
  };
}

function compare(one: Orderable, other: Orderable): number {
  if (one < other) return -1;
  if (one > other) return 1;
  return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
}
