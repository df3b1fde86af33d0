import { StateMigrationError } from '../errors.js';
import type { StateKind } from './state-descriptor.js';

/** What a checkpoint knows of one state, besides its entries. */
export interface StoredState {
  readonly operator: string;
  readonly name: string;
  /** First bytes of its entries' keys; never given to another state of the task. */
  readonly id: number;
  readonly kind: StateKind;
  /** Scoped to key and namespace (a window), not to the key alone. */
  readonly isNamespaced: boolean;
  readonly serializer: string;
  /** Versions of the serializer that entries may be written in. */
  readonly versions: readonly number[];
  readonly hasTtl: boolean;
}

/** What an operator says of a state when it asks for it. */
export interface ExpectedState extends Omit<StoredState, 'id' | 'versions'> {
  readonly version: number;
  readonly canMigrate: boolean;
}

const FORMAT = 1;
const MAX_STATES = 0xffff;

/** The states of one task by operator and name: what `TaskSnapshot.meta` says. */
export class StateRegistry {
  readonly #states = new Map<string, StoredState>();
  #nextId = 0;

  /** @param meta of a snapshot; undefined for a task that begins anew */
  constructor(meta?: string) {
    if (meta === undefined) return;
    const { format, nextId, states } = JSON.parse(meta) as { format: number; nextId: number; states: StoredState[] };
    if (format !== FORMAT) {
      throw new Error(`the checkpoint is of format ${String(format)}; this version reads ${String(FORMAT)}`);
    }
    this.#nextId = nextId;
    for (const state of states) this.#states.set(idOf(state), state);
  }

  get states(): readonly StoredState[] {
    return [...this.#states.values()];
  }

  /**
   * The stored state that the expected one goes on from, or a new one.
   *
   * @param holdsVersion whether any entry of the stored state is still written in a version of the serializer
   * @throws StateMigrationError where what is stored does not fit
   */
  register(expected: ExpectedState, holdsVersion: (state: StoredState, version: number) => boolean): StoredState {
    const { version, canMigrate, ...rest } = expected;
    const stored = this.#states.get(idOf(expected));
    if (stored === undefined) {
      if (this.#nextId > MAX_STATES) throw new RangeError(`a task has at most ${String(MAX_STATES + 1)} states`);
      return this.#keep({ ...rest, id: this.#nextId++, versions: [version] });
    }
    const says = (storedWhat: string, expectedWhat: string): void => {
      if (storedWhat !== expectedWhat) {
        throw new StateMigrationError(expected.operator, expected.name, storedWhat, expectedWhat);
      }
    };
    says(kindOf(stored), kindOf(expected));
    says(`the serializer ${stored.serializer}`, `the serializer ${expected.serializer}`);
    says(ttlOf(stored), ttlOf(expected));
    const others = stored.versions.filter((each) => each !== version && holdsVersion(stored, each));
    for (const each of others) {
      if (canMigrate && each < version) continue;
      says(`version ${String(each)} of ${stored.serializer}`, `version ${String(version)} of ${expected.serializer}`);
    }
    return this.#keep({ ...stored, versions: [...others, version] });
  }

  forget(state: StoredState): void {
    this.#states.delete(idOf(state));
  }

  toText(): string {
    return JSON.stringify({ format: FORMAT, nextId: this.#nextId, states: this.states });
  }

  #keep(state: StoredState): StoredState {
    this.#states.set(idOf(state), state);
    return state;
  }
}

function idOf({ operator, name }: { operator: string; name: string }): string {
  return JSON.stringify([operator, name]);
}

function kindOf({ kind, isNamespaced }: { kind: StateKind; isNamespaced: boolean }): string {
  return isNamespaced ? `${kind} state by key and window` : `${kind} state by key`;
}

function ttlOf({ hasTtl }: { hasTtl: boolean }): string {
  return hasTtl ? 'a time to live' : 'no time to live';
}
