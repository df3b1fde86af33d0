import { StateFencedError } from '@millrace/core';
import type { StateClaim, StateKey, StateWrite, TaskSnapshot } from '@millrace/core';
import type { GroupCommit } from '../storage/group-commit.js';
import type { OwnerRecord, OwnerRecords } from './owner-records.js';
import { StateDelta } from './state-delta.js';
import type { StateEntries } from './state-entries.js';

export interface ClaimParts {
  readonly commits: GroupCommit;
  readonly owners: OwnerRecords;
  readonly entries: StateEntries;
  /** As the claim left it. */
  readonly record: OwnerRecord;
}

/** The right to write one owner's state, until it is claimed anew. Reads see what is written. */
export class LmdbStateClaim implements StateClaim {
  readonly isLargerThanMemory = true;
  readonly snapshot: TaskSnapshot | undefined;
  readonly #parts: ClaimParts;

  constructor(parts: ClaimParts) {
    this.#parts = parts;
    this.snapshot = parts.record.snapshot;
  }

  get(key: StateKey): Uint8Array | undefined {
    return this.#parts.entries.get(key);
  }

  scan(prefix: StateKey, after?: StateKey): Iterable<readonly [StateKey, Uint8Array]> {
    return this.#parts.entries.scan(prefix, after);
  }

  async write(write: StateWrite): Promise<void> {
    const { commits, owners, entries, record } = this.#parts;
    const { id, epoch, owner } = record;
    const snapshot = { positions: new Map(write.positions), meta: write.meta };
    const delta = new StateDelta(entries, write);
    await commits.run(() => {
      if (owners.get(owner)?.epoch !== epoch) throw new StateFencedError(owner.split);
      owners.put({ id, epoch, owner, snapshot });
      delta.write();
    }, delta.entries);
  }
}
