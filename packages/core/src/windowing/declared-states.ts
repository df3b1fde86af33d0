import { MillraceError } from '../errors.js';
import type { KeyedStateBackend } from '../state/keyed-state-backend.js';
import type {
  AggregatingStateDescriptor,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  StateDescriptor,
  ValueStateDescriptor,
} from '../state/state-descriptor.js';
import type { AggregatingState, ListState, MapState, ReducingState, ValueState } from '../state/state-types.js';

type AnyDescriptor =
  | ValueStateDescriptor<unknown>
  | ListStateDescriptor<unknown>
  | MapStateDescriptor<string | number, unknown>
  | ReducingStateDescriptor<unknown>
  | AggregatingStateDescriptor<unknown, unknown, unknown>;

type AnyState =
  | ValueState<unknown>
  | ListState<unknown>
  | MapState<string | number, unknown>
  | ReducingState<unknown>
  | AggregatingState<unknown, unknown>;

/**
 * The states that a trigger or a window function declared, made while the operator opens and handed out by descriptor
 * while it runs.
 */
export class DeclaredStates {
  readonly #owner: string;
  readonly #states = new Map<string, { readonly kind: string; readonly state: AnyState }>();

  /** @param owner whose states they are, and where to declare them: for the message */
  constructor(
    owner: string,
    state: KeyedStateBackend,
    descriptors: readonly StateDescriptor<unknown>[],
    options: { readonly namespaced: boolean },
  ) {
    this.#owner = owner;
    for (const descriptor of descriptors) {
      const made = make(state, descriptor as AnyDescriptor, options);
      this.#states.set(descriptor.name, { kind: descriptor.kind, state: made });
    }
  }

  /** @throws MillraceError ERR_STATE_UNDECLARED */
  get(descriptor: StateDescriptor<unknown>): unknown {
    const known = this.#states.get(descriptor.name);
    if (known?.kind === descriptor.kind) return known.state;
    throw new MillraceError(
      'ERR_STATE_UNDECLARED',
      `${this.#owner}: the ${descriptor.kind} state ${descriptor.name} was asked for and not declared there`,
    );
  }
}

function make(state: KeyedStateBackend, descriptor: AnyDescriptor, options: { namespaced: boolean }): AnyState {
  switch (descriptor.kind) {
    case 'value':
      return state.getState(descriptor, options);
    case 'list':
      return state.getListState(descriptor, options);
    case 'map':
      return state.getMapState(descriptor, options);
    case 'reducing':
      return state.getReducingState(descriptor, options);
    case 'aggregating':
      return state.getAggregatingState(descriptor, options);
  }
}
