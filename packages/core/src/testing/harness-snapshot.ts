import type { StateBackend, StateOwner, StateReader } from '../state/state-backend.js';
import type { StateKey } from '../state/state-backend.js';

/** State as a checkpoint holds it, to begin another harness with. */
export class HarnessSnapshot {
  readonly #meta: string;
  readonly #entries: readonly (readonly [StateKey, Uint8Array])[];

  private constructor(meta: string, entries: readonly (readonly [StateKey, Uint8Array])[]) {
    this.#meta = meta;
    this.#entries = entries;
  }

  /** Copies what the reader sees. @internal */
  static of(reader: StateReader | undefined): HarnessSnapshot {
    if (reader?.snapshot === undefined) throw new Error('nothing was written yet');
    const entries = [...reader.scan('')].map(([key, value]) => [key, Uint8Array.from(value)] as const);
    return new HarnessSnapshot(reader.snapshot.meta, entries);
  }

  /** Entries that are kept, timers among them. */
  get size(): number {
    return this.#entries.length;
  }

  /** @internal */
  async writeTo(backend: StateBackend, owner: StateOwner): Promise<void> {
    const claim = await backend.claim(owner);
    const stale = [...claim.scan('')].map(([key]) => key);
    const kept = new Set(this.#entries.map(([key]) => key));
    await claim.write({
      positions: new Map(),
      meta: this.#meta,
      puts: this.#entries,
      deletes: stale.filter((key) => !kept.has(key)),
    });
  }
}
