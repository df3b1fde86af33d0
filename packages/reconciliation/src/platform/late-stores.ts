import type { RelationStore, Stores } from '../stores/ports.js';

/** Stands in for the stores while the graph is built: looks them up when they are used. */
export function lateStores(connected: () => Stores): Stores {
  return {
    enrolments: {
      read: (key) => connected().enrolments.read(key),
      write: (update) => connected().enrolments.write(update),
    },
    consumption: { read: (key) => connected().consumption.read(key) },
    aggregates: { merge: (updates, at, readAt) => connected().aggregates.merge(updates, at, readAt) },
    relations: lateRelations(() => connected().relations),
    collections: { status: (courseId) => connected().collections.status(courseId) },
  };
}

/** The same for the relation cache alone. */
export function lateRelations(connected: () => RelationStore): RelationStore {
  return {
    sets: (courseId, ids) => connected().sets(courseId, ids),
    ancestors: (courseId, contentIds) => connected().ancestors(courseId, contentIds),
  };
}
