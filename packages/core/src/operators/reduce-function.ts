import { ValueStateDescriptor } from '../state/state-descriptor.js';
import type { ValueState } from '../state/state-types.js';
import type { KeyedProcessFunction } from './keyed-process-function.js';

/** Flink's rolling reduce: the new value of the key for every element, the first element as it is. */
export function reducing<K, T>(reduce: (value: T, element: T) => T): KeyedProcessFunction<K, T, T> {
  let reduced: ValueState<T>;
  return {
    open(context) {
      reduced = context.getState(new ValueStateDescriptor<T>('reduced'));
    },
    processElement(element, _context, out) {
      const before = reduced.value();
      const value = before === undefined ? element : reduce(before, element);
      reduced.update(value);
      out.collect(value);
    },
  };
}
