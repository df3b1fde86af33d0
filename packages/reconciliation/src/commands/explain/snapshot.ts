import type { Stores } from '../../stores/ports.js';

/**
 * Stores that answer a question the second time as they did the first: all that one command says rests on one reading.
 * Writes are refused.
 */
export function snapshotOf(stores: Stores): Stores {
  const answers = new Map<string, Promise<unknown>>();
  const once = <T>(question: readonly unknown[], ask: () => Promise<T>): Promise<T> => {
    const name = JSON.stringify(question);
    const known = answers.get(name) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const answer = ask();
    answers.set(name, answer);
    return answer;
  };
  const { enrolments, consumption, relations, collections } = stores;
  return {
    enrolments: {
      read: (key) => once(['enrolment', key.userId, key.courseId, key.batchId], () => enrolments.read(key)),
      write: refuse,
    },
    consumption: {
      read: (key) => once(['consumption', key.userId, key.courseId, key.batchId], () => consumption.read(key)),
    },
    aggregates: { merge: refuse },
    relations: {
      sets: (courseId, ids) => once(['sets', courseId, ids], () => relations.sets(courseId, ids)),
      ancestors: (courseId, ids) => once(['ancestors', courseId, ids], () => relations.ancestors(courseId, ids)),
    },
    collections: { status: (courseId) => once(['collection', courseId], () => collections.status(courseId)) },
  };
}

function refuse(): Promise<never> {
  return Promise.reject(new Error('a command that only reads was about to write'));
}
