import type { StateKey } from './state-backend.js';
import type { Key } from './state-key.js';

/** One value in memory: that of a key and namespace, or one member of its list or map. */
export class StateEntry {
  readonly key: Key;
  readonly namespace: string;
  readonly member: Key | undefined;
  /** Undefined where the entry is gone, or not read from `raw` yet. */
  value: unknown = undefined;
  /** Bytes as they were restored, until the value is asked for. */
  raw: Uint8Array | undefined = undefined;
  /** Its key in the backend, where it was asked for and memory holds a bounded part of the state. */
  stateKey: StateKey | undefined = undefined;
  /** Wall-clock milliseconds of the last change (or reading); kept where the state has a time to live. */
  changedAt = 0;
  /** Changed since the last checkpoint: it is in its table's list of changes. */
  isDirty = false;
  /** The backend may hold it: when it goes, a checkpoint has to delete it. */
  isPersisted = false;
  /** Used since the cache looked at it last. */
  isRecent = true;

  constructor(key: Key, namespace: string, member: Key | undefined) {
    this.key = key;
    this.namespace = namespace;
    this.member = member;
  }

  /** False for one that was removed and waits for a checkpoint to say so. */
  get exists(): boolean {
    return this.value !== undefined || this.raw !== undefined;
  }
}
