import type { Stores } from '../stores/ports.js';

/** Stands in for the stores while the graph is built: looks them up when they are used. */
export function lateStores(connected: () => Stores): Stores {
  return {
    enrolments: {
      read: (key) => connected().enrolments.read(key),
      write: (update) => connected().enrolments.write(update),
    },
    consumption: { read: (key) => connected().consumption.read(key) },
    aggregates: { merge: (updates, at, readAt) => connected().aggregates.merge(updates, at, readAt) },
    relations: {
      sets: (courseId, ids) => connected().relations.sets(courseId, ids),
      ancestors: (courseId, contentIds) => connected().relations.ancestors(courseId, contentIds),
    },
    collections: { status: (courseId) => connected().collections.status(courseId) },
  };
}
