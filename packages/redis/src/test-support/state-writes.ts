import type { StateKey, StateReader, StateWrite } from '@millrace/core';
import fc from 'fast-check';

/** A checkpoint of texts. */
export function textWrite(puts: Record<string, string>, deletes: string[] = [], position = 1): StateWrite {
  return {
    positions: new Map([['in-0', position]]),
    meta: `{"position":${String(position)}}`,
    puts: Object.entries(puts).map(([key, value]) => [key, Buffer.from(value)] as const),
    deletes,
  };
}

/** Everything under `prefix`, as texts. */
export function texts(reader: StateReader | undefined, prefix = '', after?: StateKey): [string, string][] {
  return [...reader!.scan(prefix, after)].map(([key, value]) => [key, Buffer.from(value).toString()]);
}

/** Any short binary string. */
export const anyStateKey = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 4,
});

/** Changes of one checkpoint, over few keys, so that they meet. */
export const anyChanges = fc.record({
  puts: fc.array(fc.tuple(anyStateKey, fc.uint8Array({ maxLength: 8 })), { maxLength: 8 }),
  deletes: fc.array(anyStateKey, { maxLength: 4 }),
});

/** What `changes` leave, in the order of the keys. */
export class StateModel {
  readonly #entries = new Map<StateKey, Uint8Array>();

  apply({ puts, deletes }: Pick<StateWrite, 'puts' | 'deletes'>): void {
    for (const key of deletes) this.#entries.delete(key);
    for (const [key, bytes] of puts) this.#entries.set(key, bytes);
  }

  scan(prefix = '', after?: StateKey): [StateKey, Uint8Array][] {
    const found = [...this.#entries].filter(([key]) => key.startsWith(prefix) && (after === undefined || key > after));
    return found.sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** Everything under `prefix`, as plain bytes. */
export function bytesOf(reader: StateReader, prefix = '', after?: StateKey): [StateKey, Uint8Array][] {
  return [...reader.scan(prefix, after)].map(([key, bytes]) => [key, Uint8Array.from(bytes)]);
}
