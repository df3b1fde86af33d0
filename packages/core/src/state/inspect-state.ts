import { MillraceError } from '../errors.js';
import type { Serializer } from './serializer.js';
import { Serializers } from './serializer.js';
import type { StateReader } from './state-backend.js';
import { bodyOf, StateCodec } from './state-codec.js';
import { decodeAddress, encodeField, statePrefix } from './state-key.js';
import type { Key } from './state-key.js';
import { StateRegistry } from './state-registry.js';
import type { StoredState } from './state-registry.js';

/** One state as a checkpoint or savepoint holds it. */
export interface StateSummary {
  /** uid of the operator. */
  readonly operator: string;
  readonly name: string;
  /** `value`, `list`, `map`, `reducing`, `aggregating`, or `set` for timers. */
  readonly kind: string;
  /** Id of the serializer that wrote it. */
  readonly serializer: string;
  readonly entries: number;
}

/** One value of a state. */
export interface StateEntryView {
  readonly key: Key;
  /** Of a window's state: the window, encoded; empty for state of the key alone. */
  readonly namespace: string;
  /** Key of a map's entry, number of a list's element; undefined for one value. */
  readonly member: Key | undefined;
  /** As the serializer gives it; `{ base64 }` where it was written by one that is not known here. */
  readonly value: unknown;
}

/** What a task's checkpoint holds, operator by operator. Counts every entry: takes as long as reading all of them. */
export function listStates(reader: StateReader): readonly StateSummary[] {
  return new StateRegistry(reader.snapshot?.meta).states.map((state) => {
    let entries = 0;
    for (const _ of reader.scan(statePrefix(state.id))) entries += 1;
    const { operator, name, kind, serializer } = state;
    return { operator, name, kind, serializer, entries };
  });
}

/**
 * The values of one state, of one key or of all.
 *
 * @param serializers of the job's own, for states that were not written by one of `Serializers`
 * @throws MillraceError where the checkpoint has no such state, or it is not one of values (timers)
 */
export function* stateEntries(
  reader: StateReader,
  operator: string,
  name: string,
  key?: Key,
  serializers: readonly Serializer<unknown>[] = [],
): Generator<StateEntryView> {
  const states = new StateRegistry(reader.snapshot?.meta).states.filter((state) => state.operator === operator);
  const state = states.find((each) => each.name === name);
  if (state === undefined) {
    const known = states.map((each) => each.name).join(', ');
    throw new MillraceError(
      'ERR_STATE_UNKNOWN',
      `${operator} has no state ${name} here${known === '' ? '' : `; it has ${known}`}`,
    );
  }
  if (state.kind === 'set') {
    throw new MillraceError('ERR_STATE_UNKNOWN', `${name} of ${operator} holds timers, which have no values`);
  }
  const prefix = statePrefix(state.id);
  const decode = decoderOf(state, serializers);
  for (const [stateKey, bytes] of reader.scan(key === undefined ? prefix : prefix + encodeField(key))) {
    const address = decodeAddress(stateKey, prefix.length);
    yield { ...address, value: decode(bytes) };
  }
}

function decoderOf(state: StoredState, serializers: readonly Serializer<unknown>[]): (bytes: Uint8Array) => unknown {
  const builtIn = [Serializers.structuredClone(), Serializers.json(), Serializers.string(), Serializers.number()];
  const serializer = [...serializers, ...builtIn].find((each) => each.id === state.serializer);
  if (serializer === undefined)
    return (bytes) => ({ base64: Buffer.from(bodyOf(bytes, state.hasTtl)).toString('base64') });
  const codec = new StateCodec(serializer, state.hasTtl);
  return (bytes) => codec.decode(bytes);
}
