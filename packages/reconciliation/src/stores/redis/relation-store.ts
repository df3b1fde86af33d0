import type { RedisSets } from '@millrace/redis';
import type { RelationSets, RelationStore } from '../ports.js';
import { ancestorsKey, leafNodesKey, optionalNodesKey } from '../relation-keys.js';

/** The relation cache in Redis. Both sets of one id are read in one MULTI; all ids of a call share a round trip. */
export class RedisRelationStore implements RelationStore {
  readonly #sets: Pick<RedisSets, 'members' | 'membersTogether'>;

  constructor(sets: Pick<RedisSets, 'members' | 'membersTogether'>) {
    this.#sets = sets;
  }

  async sets(courseId: string, ids: readonly string[]): Promise<readonly RelationSets[]> {
    const pairs = await this.#sets.membersTogether(
      ids.map((id) => [leafNodesKey(courseId, id), optionalNodesKey(courseId, id)]),
    );
    return pairs.map(([leafNodes = new Set(), optionalNodes = new Set()]) => ({ leafNodes, optionalNodes }));
  }

  ancestors(courseId: string, contentIds: readonly string[]): Promise<readonly ReadonlySet<string>[]> {
    return this.#sets.members(contentIds.map((id) => ancestorsKey(courseId, id)));
  }
}
