import { MillraceError } from '../errors.js';
import type { OperatorHost } from '../runtime/operator.js';
import type {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  ValueStateDescriptor,
} from '../state/state-descriptor.js';
import type { AggregatingState, ListState, MapState, ReducingState, ValueState } from '../state/state-types.js';
import type { StateCursor } from './state-cursor.js';
import {
  AggregatingStateHandle,
  ListStateHandle,
  MapStateHandle,
  ReducingStateHandle,
  ValueStateHandle,
} from './state-handles.js';

/** The keyed state of one operator, for its function: asked for in `open`, used while an element or timer is in hand. */
export interface KeyedStateAccess {
  /**
   * The state called `descriptor.name` of this operator. Ask for it in `open`, keep it, use it while an element is
   * processed: it then means the element's key.
   *
   * @throws Error where the name was asked for already, or outside `open`
   * @throws StateMigrationError where what the last checkpoint holds under the name does not fit
   */
  getState<T>(descriptor: ValueStateDescriptor<T>): ValueState<T>;
  /** As `getState`, for elements in the order they were added. */
  getListState<T>(descriptor: ListStateDescriptor<T>): ListState<T>;
  /** As `getState`, for entries by key of their own. */
  getMapState<K extends string | number, V>(descriptor: MapStateDescriptor<K, V>): MapState<K, V>;
  /** As `getState`, for a value that elements are combined into. */
  getReducingState<T>(descriptor: ReducingStateDescriptor<T>): ReducingState<T>;
  /** As `getState`, for an accumulator that elements are added to. */
  getAggregatingState<IN, ACC, OUT>(descriptor: AggregatingStateDescriptor<IN, ACC, OUT>): AggregatingState<IN, OUT>;
}

/** What a function that opens is given of the operator's state, and the end of that. */
export interface OpeningState {
  readonly access: KeyedStateAccess;
  /** From now on a state that is asked for is refused. */
  opened(): void;
}

/** @param cursor one for all copies of the operator in the process */
export function openingState(host: OperatorHost, cursor: StateCursor): OpeningState {
  const names = new Set<string>();
  let isOpening = true;
  const check = ({ name }: { readonly name: string }): void => {
    const { operator } = host.context;
    if (!isOpening) throw new MillraceError('ERR_STATE_LATE', `${operator}: states are asked for in open`);
    if (names.has(name)) throw new MillraceError('ERR_STATE_DUPLICATE', `${operator}: two states are called ${name}`);
    names.add(name);
  };
  const access: KeyedStateAccess = {
    getState: (descriptor) => {
      check(descriptor);
      host.state.getState(descriptor);
      return new ValueStateHandle(cursor, descriptor.name);
    },
    getListState: (descriptor) => {
      check(descriptor);
      host.state.getListState(descriptor);
      return new ListStateHandle(cursor, descriptor.name);
    },
    getMapState: (descriptor) => {
      check(descriptor);
      host.state.getMapState(descriptor);
      return new MapStateHandle(cursor, descriptor.name);
    },
    getReducingState: (descriptor) => {
      check(descriptor);
      host.state.getReducingState(descriptor);
      return new ReducingStateHandle(cursor, descriptor.name);
    },
    getAggregatingState: (descriptor) => {
      check(descriptor);
      host.state.getAggregatingState(descriptor);
      return new AggregatingStateHandle(cursor, descriptor.name);
    },
  };
  return {
    access,
    opened: () => {
      isOpening = false;
    },
  };
}
