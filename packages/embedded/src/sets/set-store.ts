import { messageOf } from '@millrace/core';
import { ByteReader } from '../encoding/byte-reader.js';
import { ByteWriter } from '../encoding/byte-writer.js';
import { MAX_KEY_BYTES } from '../encoding/composite-key.js';
import { isWellFormed } from '../encoding/well-formed.js';
import { KeyInvalidError, StoreDamagedError, ValueInvalidError } from '../errors.js';
import type { Environment } from '../storage/environment.js';
import type { GroupCommit } from '../storage/group-commit.js';

/** Sets of texts by name, like Redis sets that are written as a whole. */
export class SetStore {
  readonly #environment: Environment;
  readonly #commits: GroupCommit;
  readonly #writer = new ByteWriter();

  constructor(environment: Environment, commits: GroupCommit) {
    this.#environment = environment;
    this.#commits = commits;
  }

  /**
   * The durable members; empty where there is no such set. Reads of one turn of the event loop see one moment.
   *
   * @throws KeyInvalidError
   */
  members(key: string): ReadonlySet<string> {
    const name = this.checkKey(key);
    try {
      const stored = this.#environment.sets.getBinaryFast(name);
      return stored === undefined ? new Set() : decodeMembers(stored);
    } catch (error) {
      throw this.#damaged(key, error);
    }
  }

  /**
   * Replaces the set as a whole; no members means that there is no such set any more. Resolves when it is durable; a
   * later call for the same key wins.
   *
   * @throws KeyInvalidError, ValueInvalidError, StoreWriteError
   */
  async replace(key: string, members: Iterable<string>): Promise<void> {
    const name = this.checkKey(key);
    const distinct = new Set(members);
    for (const member of distinct) {
      if (!isWellFormed(member))
        throw new ValueInvalidError(`set ${JSON.stringify(key)}`, 'a member is no well-formed Unicode');
    }
    const value = distinct.size === 0 ? undefined : this.#encode(distinct);
    await this.#commits.run(() => {
      if (value === undefined) this.#environment.sets.removeSync(name);
      else this.#environment.sets.putSync(name, value);
    });
  }

  /** Removes the set. Resolves when that is durable. */
  async delete(key: string): Promise<void> {
    await this.replace(key, []);
  }

  /**
   * The key as stored: its UTF-8 bytes, at most 1978 of them (LMDB's limit).
   *
   * @throws KeyInvalidError
   */
  checkKey(key: string): Buffer {
    const bytes = Buffer.from(key);
    if (bytes.length === 0 || bytes.length > MAX_KEY_BYTES) {
      throw new KeyInvalidError('set', `a key has 1 to ${String(MAX_KEY_BYTES)} bytes, not ${String(bytes.length)}`);
    }
    if (!isWellFormed(key)) throw new KeyInvalidError('set', 'the key is no well-formed Unicode');
    return bytes;
  }

  /** Reads every set once; returns their number. @internal @throws StoreDamagedError */
  verify(): number {
    let sets = 0;
    for (const { key, value } of this.#environment.sets.getRange({})) {
      try {
        decodeMembers(value);
      } catch (error) {
        throw this.#damaged(key.toString(), error);
      }
      sets += 1;
    }
    return sets;
  }

  #damaged(key: string, error: unknown): StoreDamagedError {
    return new StoreDamagedError(this.#environment.path, `set ${JSON.stringify(key)}: ${messageOf(error)}`, error);
  }

  #encode(members: ReadonlySet<string>): Buffer {
    this.#writer.reset();
    this.#writer.varint(members.size);
    for (const member of members) this.#writer.text(member);
    return this.#writer.copy();
  }
}

function decodeMembers(stored: Buffer): ReadonlySet<string> {
  const members = new Set<string>();
  const reader = new ByteReader(stored, 0, stored.length);
  for (let count = reader.varint(); count > 0; count -= 1) members.add(reader.text());
  return members;
}
