import type { AggregateFunction, ReduceFunction } from './aggregate-function.js';
import { Serializers } from './serializer.js';
import type { Serializer } from './serializer.js';
import type { StateTtlConfig } from './state-ttl.js';

/** What kind of state an operator keeps under a name. */
export type StateKind = 'value' | 'list' | 'map' | 'reducing' | 'aggregating' | 'set';

/** What may be said of a state besides its name. */
export interface StateOptions<T> {
  /** How values are written. @default Serializers.structuredClone() */
  readonly serializer?: Serializer<T>;
  /** How long values live. @default for ever */
  readonly ttl?: StateTtlConfig;
}

/**
 * Names a state that an operator keeps for each key. The name is unique in its operator; state is kept under the
 * operator's uid and this name, so that changing either begins anew.
 *
 * @see Flink, "Working with State"
 */
export abstract class StateDescriptor<T> {
  readonly name: string;
  abstract readonly kind: StateKind;
  readonly serializer: Serializer<T>;
  readonly ttl: StateTtlConfig | undefined;

  constructor(name: string, options: StateOptions<T> = {}) {
    if (name === '') throw new TypeError(`a ${new.target.name} needs a non-empty name`);
    this.name = name;
    this.serializer = options.serializer ?? Serializers.structuredClone<T>();
    this.ttl = options.ttl;
    if (this.ttl !== undefined && !(this.ttl.ttlMs > 0)) {
      throw new RangeError(`the ttlMs of state ${name} must be over 0, not ${String(this.ttl.ttlMs)}`);
    }
  }
}

/** Names a `ValueState`. */
export class ValueStateDescriptor<T> extends StateDescriptor<T> {
  readonly kind = 'value';
}

/** Names a `ListState`; the serializer is that of one element. */
export class ListStateDescriptor<T> extends StateDescriptor<T> {
  readonly kind = 'list';
}

/** Names a `MapState`; the serializer is that of one value. Keys are strings and numbers. */
export class MapStateDescriptor<K extends string | number, V> extends StateDescriptor<V> {
  readonly kind = 'map';
  /** Carries the type of the keys for the compiler; never set. */
  declare readonly _key?: K;
}

/** Names a `ReducingState`. */
export class ReducingStateDescriptor<T> extends StateDescriptor<T> {
  readonly kind = 'reducing';
  readonly reduce: ReduceFunction<T>;

  constructor(name: string, reduce: ReduceFunction<T>, options?: StateOptions<T>) {
    super(name, options);
    this.reduce = reduce;
  }
}

/** Names an `AggregatingState`; the serializer is that of the accumulator. */
export class AggregatingStateDescriptor<IN, ACC, OUT> extends StateDescriptor<ACC> {
  readonly kind = 'aggregating';
  readonly aggregate: AggregateFunction<IN, ACC, OUT>;

  constructor(name: string, aggregate: AggregateFunction<IN, ACC, OUT>, options?: StateOptions<ACC>) {
    super(name, options);
    this.aggregate = aggregate;
  }
}
