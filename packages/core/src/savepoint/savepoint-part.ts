import type { StateOwner } from '../state/state-backend.js';

/** One task in a savepoint: whose state it is, where reading goes on, and which file holds the entries. */
export interface SavepointTask {
  readonly owner: StateOwner;
  /** `positionKey` -> next position. */
  readonly positions: Readonly<Record<string, number>>;
  /** About operators and states, as the state backend keeps it. */
  readonly meta: string;
  /** Name of the file within the savepoint's folder. */
  readonly file: string;
  readonly entries: number;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
}

/** What one process wrote of a savepoint. */
export interface SavepointPart {
  readonly jobName: string;
  readonly tasks: readonly SavepointTask[];
  /** Every split of every source there is, as far as the sources know: what the parts together must hold. */
  readonly splits: readonly string[];
}

/** A complete savepoint: `savepoint.json` in its folder. */
export interface SavepointManifest {
  readonly format: 'millrace-savepoint';
  readonly version: 1;
  /** Unique: what was restored from it says so. */
  readonly id: string;
  readonly jobName: string;
  /** Wall-clock milliseconds. */
  readonly createdAt: number;
  readonly tasks: readonly SavepointTask[];
}
