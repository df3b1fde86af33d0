import type { ReduceFunction } from '../state/aggregate-function.js';
import type { Serializer } from '../state/serializer.js';
import { ValueStateDescriptor } from '../state/state-descriptor.js';
import type { ValueState } from '../state/state-types.js';
import { withSerializer } from '../state/with-serializer.js';
import type { KeyedProcessFunction } from './keyed-process-function.js';

/**
 * Flink's rolling reduce: the new value of the key for every element.
 *
 * @param valueOf makes of an element what is reduced; that of a key's first element is its first value
 */
export function reducing<K, T, V>(
  valueOf: (element: T) => V,
  reduce: ReduceFunction<V>,
  serializer?: Serializer<V>,
): KeyedProcessFunction<K, T, V> {
  let reduced: ValueState<V>;
  return {
    open(context) {
      reduced = context.getState(new ValueStateDescriptor<V>('reduced', withSerializer(serializer)));
    },
    processElement(element, _context, out) {
      const before = reduced.value();
      const value = before === undefined ? valueOf(element) : reduce(before, valueOf(element));
      reduced.update(value);
      out.collect(value);
    },
  };
}
