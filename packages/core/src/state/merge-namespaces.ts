import type { CurrentKey } from './current-key.js';
import { ListTable } from './list-table.js';
import { AggregatingStateDescriptor, ReducingStateDescriptor } from './state-descriptor.js';
import type { StateDescriptor } from './state-descriptor.js';
import type { StateTable } from './state-table.js';
import { ValueTable } from './value-table.js';

/** Moves what the current key has in `sources` into `target`; leaves `current` at the target. */
export function mergeInto(
  descriptor: StateDescriptor<never>,
  table: StateTable,
  current: CurrentKey,
  target: string,
  sources: readonly string[],
): void {
  const others = sources.filter((source) => source !== target);
  if (table instanceof ListTable) {
    const moved: unknown[] = [];
    for (const source of others) {
      current.namespace = source;
      moved.push(...table.all());
      table.clear();
    }
    current.namespace = target;
    for (const value of moved) table.append(value);
    return;
  }
  const combine = combinerOf(descriptor);
  if (!(table instanceof ValueTable)) return;
  current.namespace = target;
  let sum = table.getToChange();
  for (const source of others) {
    current.namespace = source;
    const value = table.getToChange();
    table.clear();
    if (value !== undefined) sum = sum === undefined ? value : combine(sum, value);
  }
  current.namespace = target;
  if (sum !== undefined) table.set(sum);
}

function combinerOf(descriptor: StateDescriptor<never>): (first: unknown, second: unknown) => unknown {
  if (descriptor instanceof ReducingStateDescriptor) return descriptor.reduce as (a: unknown, b: unknown) => unknown;
  if (descriptor instanceof AggregatingStateDescriptor && descriptor.aggregate.merge !== undefined) {
    const { aggregate } = descriptor as AggregatingStateDescriptor<unknown, unknown, unknown>;
    return (first, second) => aggregate.merge?.(first, second);
  }
  throw new TypeError(
    `the ${descriptor.kind} state ${descriptor.name} does not merge: that takes a list, a reducing or an aggregating ` +
      'state, the last with a merge in its AggregateFunction',
  );
}
