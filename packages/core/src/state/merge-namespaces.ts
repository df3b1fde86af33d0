import type { CurrentKey } from './current-key.js';
import { MemberTable } from './member-table.js';
import { AggregatingStateDescriptor, ReducingStateDescriptor } from './state-descriptor.js';
import type { StateDescriptor } from './state-descriptor.js';
import type { ValueTable } from './value-table.js';

/** Moves what the current key has in `sources` into `target`; leaves `current` at the target. */
export function mergeInto(
  descriptor: StateDescriptor<never>,
  table: ValueTable | MemberTable,
  current: CurrentKey,
  target: string,
  sources: readonly string[],
): void {
  const others = sources.filter((source) => source !== target);
  if (table instanceof MemberTable) {
    if (descriptor.kind !== 'list') throw new TypeError(`${descriptor.name} is a map state, which does not merge`);
    const moved: unknown[] = [];
    for (const source of others) {
      current.namespace = source;
      for (const [, value] of table.all()) moved.push(value);
      table.clear();
    }
    current.namespace = target;
    for (const value of moved) table.append(value);
    return;
  }
  const combine = combinerOf(descriptor);
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
