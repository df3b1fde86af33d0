import { CompositeKeyCodec } from '../encoding/composite-key.js';
import type { Environment } from '../storage/environment.js';
import type { GroupCommit } from '../storage/group-commit.js';

/** Number of bytes of UTF-8 that a group's name may have. */
const MAX_GROUP_BYTES = 1_000;

/** How far consumer groups have read. */
export class ConsumerGroups {
  readonly #environment: Environment;
  readonly #commits: GroupCommit;
  readonly #keys = new CompositeKeyCodec('consumer group', 0, [
    { name: 'group', maxBytes: MAX_GROUP_BYTES },
    { name: 'topic', maxBytes: 255 },
    { name: 'partition', maxBytes: 16 },
  ]);

  constructor(environment: Environment, commits: GroupCommit) {
    this.#environment = environment;
    this.#commits = commits;
  }

  /** Offsets to go on from, by partition; a partition that was never committed is missing. */
  committed(group: string, topic: string): ReadonlyMap<number, number> {
    const offsets = new Map<number, number>();
    for (const { key, value } of this.#environment.groups.getRange(this.#keys.encodePrefix([group, topic]))) {
      offsets.set(Number(this.#keys.decode(key)[2]), value.readDoubleBE(0));
    }
    return offsets;
  }

  /**
   * Makes offsets durable as the ones to go on from, all or none.
   *
   * @param offsets next offset to read, by partition
   * @throws StoreWriteError
   */
  async commit(group: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void> {
    if (offsets.size === 0) return;
    const entries = [...offsets].map(([partition, offset]) => {
      const value = Buffer.allocUnsafe(8);
      value.writeDoubleBE(offset, 0);
      return { key: this.#keys.encode([group, topic, String(partition)]), value };
    });
    await this.#commits.run(() => {
      for (const { key, value } of entries) this.#environment.groups.putSync(key, value);
    });
  }
}
