import { MillraceError } from '../errors.js';
import type { KeyedStateStore } from '../state/keyed-state-store.js';
import type { ValueState, ValueStateDescriptor } from '../state/value-state.js';

/** The task and key in hand of one node of the graph: what its function's states mean at this moment. */
export interface Place {
  readonly store: KeyedStateStore;
  readonly key: string | number;
}

/**
 * Lets one function object serve several tasks: its states are bound to the node, and the cursor says which task and key
 * is in hand. All is single-threaded and keyed functions are synchronous, so that there is one at a time.
 */
export class StateCursor {
  place: Place | undefined;

  stateOf<T>(descriptor: ValueStateDescriptor<T>): ValueState<T> {
    const { name } = descriptor;
    const here = (): Place => {
      if (this.place !== undefined) return this.place;
      throw new MillraceError(
        'ERR_STATE_OUTSIDE_CALL',
        `state ${name} was used outside processElement: there is no key whose state it could be`,
      );
    };
    return {
      value: () => {
        const { store, key } = here();
        return store.get(name, key) as T | undefined;
      },
      update: (value) => {
        const { store, key } = here();
        if (value === undefined) store.delete(name, key);
        else store.set(name, key, value);
      },
      clear: () => {
        const { store, key } = here();
        store.delete(name, key);
      },
    };
  }
}
