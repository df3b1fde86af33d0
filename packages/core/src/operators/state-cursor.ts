import { MillraceError } from '../errors.js';
import type { KeyedStateBackend } from '../state/keyed-state-backend.js';

/**
 * Lets one function object serve several tasks: its states are bound to the node, and the cursor says whose task is in
 * hand; that task's backend knows the key. All is single-threaded and keyed functions are synchronous, so that there is
 * one at a time.
 */
export class StateCursor {
  place: KeyedStateBackend | undefined;
}

/** The state of one name in whichever task is in hand: what the states that user functions hold are made of. */
export class StateAtCursor<S> {
  readonly #cursor: StateCursor;
  readonly #name: string;
  #backend: KeyedStateBackend | undefined;
  #state: S | undefined;

  constructor(cursor: StateCursor, name: string) {
    this.#cursor = cursor;
    this.#name = name;
  }

  /** @throws MillraceError where no element is in hand */
  get here(): S {
    const { place } = this.#cursor;
    if (place === undefined || place !== this.#backend) return this.#moveTo(place);
    return this.#state as S;
  }

  #moveTo(place: KeyedStateBackend | undefined): S {
    if (place === undefined) {
      throw new MillraceError(
        'ERR_STATE_OUTSIDE_CALL',
        `state ${this.#name} was used outside processElement: there is no key whose state it could be`,
      );
    }
    this.#backend = place;
    this.#state = place.stateNamed(this.#name) as S;
    return this.#state;
  }
}
