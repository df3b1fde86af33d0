import { field } from './domain/event-text.js';
import type { JsonObject } from './domain/event-text.js';
import { problemOfId } from './domain/parse.js';
import { InvalidEventError } from './errors.js';

/**
 * An id of an event, judged as the ids of an enrolment are.
 *
 * @param where names it in an error. @default its name
 * @throws InvalidEventError
 */
export function idOf(object: JsonObject, name: string, where: string = name): string {
  const id = field(object, name);
  const problem = problemOfId(id);
  if (problem !== undefined) throw new InvalidEventError(`${where} ${problem}`);
  return id as string;
}
