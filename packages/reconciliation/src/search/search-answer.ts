import type { CollectionStatus } from '../domain/model.js';
import { SearchError } from './errors.js';

/** The statuses that the service is asked for, in the order in which the deployed job lists them. */
export const wantedStatuses: readonly CollectionStatus[] = ['Live', 'Unlisted', 'Retired'];

/**
 * Reads the answer to a search for one collection. Nothing found is `"result":{"count":0}`, without `content`.
 *
 * @returns undefined where none of the wanted statuses is found
 * @throws SearchError where the answer is not one to this question
 */
export function statusInAnswer(body: string, courseId: string): CollectionStatus | undefined {
  const result = property(parse(body), 'result');
  const count = property(result, 'count');
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) throw nonsense('no count of results');
  const content = property(result, 'content');
  if (count === 0 && (content === undefined || content === null)) return undefined;
  if (!Array.isArray(content)) throw nonsense('no list of results');
  if (content.length === 0) {
    if (count === 0) return undefined;
    throw nonsense('an empty list of results');
  }
  const found = (content as unknown[]).find((entry) => {
    const identifier = property(entry, 'identifier');
    return identifier === undefined || identifier === courseId;
  });
  if (found === undefined) throw nonsense('only other collections');
  const status = property(found, 'status');
  if (typeof status !== 'string') throw nonsense('a collection without a status');
  return wantedStatuses.find((wanted) => wanted === status);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw nonsense('no JSON');
  }
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function nonsense(what: string): SearchError {
  return new SearchError(`unusable answer: ${what}`);
}
