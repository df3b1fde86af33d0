import type { SetStore } from '@millrace/embedded';
import type { RelationSets, RelationStore } from '../ports.js';
import { ancestorsKey, leafNodesKey, optionalNodesKey } from '../relation-keys.js';

/** The relation cache in an embedded store; reads of one turn see one moment. */
export class EmbeddedRelationStore implements RelationStore {
  readonly #sets: SetStore;

  constructor(sets: SetStore) {
    this.#sets = sets;
  }

  async sets(courseId: string, ids: readonly string[]): Promise<readonly RelationSets[]> {
    return ids.map((id) => ({
      leafNodes: this.#sets.members(leafNodesKey(courseId, id)),
      optionalNodes: this.#sets.members(optionalNodesKey(courseId, id)),
    }));
  }

  async ancestors(courseId: string, contentIds: readonly string[]): Promise<readonly ReadonlySet<string>[]> {
    return contentIds.map((id) => this.#sets.members(ancestorsKey(courseId, id)));
  }
}
