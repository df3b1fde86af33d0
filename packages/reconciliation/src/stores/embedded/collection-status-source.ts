import type { CollectionStatus } from '../../domain/model.js';
import { wantedStatuses } from '../../search/search-answer.js';
import type { CollectionStatusSource } from '../ports.js';
import type { EmbeddedTables } from './tables.js';

/** The collections of a data set in the place of the search service. */
export class EmbeddedCollectionStatusSource implements CollectionStatusSource {
  readonly #table: EmbeddedTables['collections'];

  constructor(table: EmbeddedTables['collections']) {
    this.#table = table;
  }

  async status(courseId: string): Promise<CollectionStatus | undefined> {
    const status = this.#table.get([courseId])?.get('status');
    return wantedStatuses.find((wanted) => wanted === status);
  }
}
