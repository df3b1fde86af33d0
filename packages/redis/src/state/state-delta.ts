import type { StateKey, StateWrite } from '@millrace/core';
import type { LoadedEntries } from './loaded-entries.js';

/** First byte of a staged change: the value follows, or the key goes. */
const PUT = Buffer.from('P');
const DELETE = Buffer.from('D');

/** What a checkpoint changes, taken out of its iterables: these may give something else once the task goes on. */
export class StateDelta {
  readonly #puts: (readonly [StateKey, Uint8Array])[] = [];
  readonly #deletes: StateKey[];
  /** Bytes of keys and values. */
  readonly bytes: number;

  constructor({ puts, deletes }: Pick<StateWrite, 'puts' | 'deletes'>) {
    this.#deletes = [...deletes];
    let bytes = 0;
    for (const key of this.#deletes) bytes += key.length;
    for (const [key, value] of puts) {
      // A copy: whoever serializes may use the same bytes for the next value.
      this.#puts.push([key, Uint8Array.from(value)]);
      bytes += key.length + value.length;
    }
    this.bytes = bytes;
  }

  get size(): number {
    return this.#puts.length + this.#deletes.length;
  }

  /** For one script: number of puts, their keys and values, deleted keys. */
  arguments(): (string | Buffer)[] {
    const args: (string | Buffer)[] = [String(this.#puts.length)];
    for (const [key, value] of this.#puts) args.push(bytesOf(key), asBuffer(value));
    for (const key of this.#deletes) args.push(bytesOf(key));
    return args;
  }

  /** In parts of so many entries and about so many bytes: each key followed by its change. */
  *parts(maxEntries: number, maxBytes: number): Generator<Buffer[]> {
    let part: Buffer[] = [];
    let bytes = 0;
    for (const [key, change] of this.#changes()) {
      part.push(key, change);
      bytes += key.length + change.length;
      if (part.length < 2 * maxEntries && bytes < maxBytes) continue;
      yield part;
      part = [];
      bytes = 0;
    }
    if (part.length > 0) yield part;
  }

  *#changes(): Generator<readonly [Buffer, Buffer]> {
    for (const key of this.#deletes) yield [bytesOf(key), DELETE];
    for (const [key, value] of this.#puts) yield [bytesOf(key), Buffer.concat([PUT, value])];
  }
}

/** Carries out staged changes, as `parts` gives them. */
export function applyChanges(changes: readonly Buffer[], entries: LoadedEntries): void {
  for (let index = 0; index + 1 < changes.length; index += 2) {
    const key = changes[index]!.toString('latin1');
    const change = changes[index + 1]!;
    if (change[0] === PUT[0]) entries.put(key, change.subarray(1));
    else entries.delete(key);
  }
}

function bytesOf(key: StateKey): Buffer {
  return Buffer.from(key, 'latin1');
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
