import type { Sink, Source } from '@millrace/core';
import type { Stores } from '../stores/ports.js';

/**
 * The graph is built without any I/O, and what it stands on is there only after connecting. These stand in for it: they
 * look their originals up when they are used.
 */
export function lateSource<T>(kind: string, description: string, make: () => Source<T>): Source<T> {
  return { kind, description, open: async (host) => make().open(host) };
}

export function lateSink<T>(kind: string, description: string, make: () => Sink<T>): Sink<T> {
  return { kind, description, open: async (host) => make().open(host) };
}

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
