import type { StateClaim, StateKey, StateWrite, TaskSnapshot } from '@millrace/core';
import type { LoadedEntries } from './loaded-entries.js';
import { StateDelta } from './state-delta.js';
import type { StateScripts } from './state-scripts.js';

/** The right to write one owner's state. Writes follow one another. */
export class RedisStateClaim implements StateClaim {
  readonly isLargerThanMemory = false;
  readonly snapshot: TaskSnapshot | undefined;
  readonly #scripts: StateScripts;
  #entries: LoadedEntries | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(scripts: StateScripts, snapshot: TaskSnapshot | undefined, entries: LoadedEntries) {
    this.#scripts = scripts;
    this.snapshot = snapshot;
    this.#entries = entries;
  }

  get(key: StateKey): Uint8Array | undefined {
    return this.#loaded().get(key);
  }

  scan(prefix: StateKey, after?: StateKey): Iterable<readonly [StateKey, Uint8Array]> {
    return this.#loaded().scan(prefix, after);
  }

  async write(write: StateWrite): Promise<void> {
    const delta = new StateDelta(write);
    const snapshot = { positions: new Map(write.positions), meta: write.meta };
    const written = this.#last.then(() => this.#scripts.write(delta, snapshot));
    this.#last = written.catch(() => undefined);
    await written;
    // The working state has everything; kept here it would be in memory twice.
    this.#entries = undefined;
  }

  #loaded(): LoadedEntries {
    if (this.#entries === undefined)
      throw new Error('state on Redis is read before the first write has succeeded, not after');
    return this.#entries;
  }
}
