import { createHash } from 'node:crypto';
import type { StateOwner, TaskSnapshot } from '@millrace/core';
import type { ByteDatabase } from '../storage/byte-database.js';

/** What is kept of an owner beside its entries. */
export interface OwnerRecord {
  /** Stands for the owner in the keys of its entries. */
  readonly id: number;
  /** Grows with every claim; what an earlier one writes is refused. */
  readonly epoch: number;
  readonly owner: StateOwner;
  /** Undefined until the first write. */
  readonly snapshot: TaskSnapshot | undefined;
}

interface StoredRecord {
  readonly id: number;
  readonly epoch: number;
  /** Names as JSON has them, which keeps every text, lone surrogates too. */
  readonly owner: StateOwner;
  readonly positions?: readonly (readonly [string, number])[];
  readonly meta?: string;
}

/** The records of all owners. Names are of any length, so a record lies under a digest of them. */
export class OwnerRecords {
  readonly #database: ByteDatabase;

  constructor(database: ByteDatabase) {
    this.#database = database;
  }

  get(owner: StateOwner): OwnerRecord | undefined {
    const stored = this.#database.get(keyOf(owner));
    return stored === undefined ? undefined : decode(stored);
  }

  /** Inside a transaction. */
  put({ id, epoch, owner, snapshot }: OwnerRecord): void {
    const { jobName, source, split } = owner;
    const stored: StoredRecord = {
      id,
      epoch,
      owner: { jobName, source, split },
      ...(snapshot === undefined ? {} : { positions: [...snapshot.positions], meta: snapshot.meta }),
    };
    this.#database.putSync(keyOf(owner), Buffer.from(JSON.stringify(stored)));
  }

  *all(): Generator<OwnerRecord> {
    for (const { value } of this.#database.getRange({})) yield decode(value);
  }
}

function keyOf({ jobName, source, split }: StateOwner): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([jobName, source, split]))
    .digest();
}

function decode(bytes: Buffer): OwnerRecord {
  const { id, epoch, owner, positions, meta } = JSON.parse(bytes.toString()) as StoredRecord;
  return {
    id,
    epoch,
    owner,
    snapshot: positions === undefined || meta === undefined ? undefined : { positions: new Map(positions), meta },
  };
}
