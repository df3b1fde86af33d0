import type {
  AggregateUpdate,
  CollectionStatus,
  ConsumptionRow,
  EnrolmentRow,
  EnrolmentUpdate,
} from '../domain/model.js';
import type { RelationSets, Stores } from '../stores/ports.js';

/** What the search service said of a course, or why it could not be asked. */
export type CollectionFinding =
  | { readonly known: true; readonly status: CollectionStatus | undefined }
  | { readonly known: false; readonly error: unknown };

/** What the stages read last, and what they would have written. Undefined: it did not come to that. */
export interface Caught {
  /** Null: there is no row. */
  row?: EnrolmentRow | null;
  /** Sets of the course. */
  course?: RelationSets;
  consumption?: readonly ConsumptionRow[];
  collection?: CollectionFinding;
  aggregates?: readonly AggregateUpdate[];
  update?: EnrolmentUpdate;
}

/** Stores for one request: reads go through and are noted in `caught`, writes are noted and go nowhere. */
export function caughtStores(stores: Stores, caught: Caught): Stores {
  return {
    enrolments: {
      async read(key) {
        const row = await stores.enrolments.read(key);
        caught.row = row ?? null;
        return row;
      },
      write(update) {
        caught.update = update;
        return Promise.resolve();
      },
    },
    consumption: {
      async read(key) {
        caught.consumption = await stores.consumption.read(key);
        return caught.consumption;
      },
    },
    aggregates: {
      merge(updates) {
        caught.aggregates = updates;
        return Promise.resolve();
      },
    },
    relations: {
      async sets(courseId, ids) {
        const answers = await stores.relations.sets(courseId, ids);
        const course = answers[ids.indexOf(courseId)];
        if (course !== undefined) caught.course = course;
        return answers;
      },
      ancestors: (courseId, contentIds) => stores.relations.ancestors(courseId, contentIds),
    },
    collections: {
      async status(courseId) {
        try {
          const status = await stores.collections.status(courseId);
          caught.collection = { known: true, status };
          return status;
        } catch (error) {
          caught.collection = { known: false, error };
          throw error;
        }
      },
    },
  };
}
