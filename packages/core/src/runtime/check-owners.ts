import { UnclaimedStateError } from '../errors.js';
import { taskGroupsOf } from '../graph/task-groups.js';
import type { JobAttempt } from './job-attempt.js';

/**
 * State is kept under the uid of a source (the first, where several share tasks): under a uid that the graph does not
 * have, nobody would claim it, and the job would begin anew without a word.
 *
 * @throws UnclaimedStateError where there is such state, and it is not allowed to be left behind
 */
export async function checkOwners({ graph, options }: JobAttempt): Promise<void> {
  if (!graph.isStateful || options.allowNonRestoredState) return;
  const known = new Set(taskGroupsOf(graph).map(({ name }) => name));
  const owners =
    options.savepoint?.manifest.tasks.map(({ owner }) => owner) ?? (await options.stateBackend.owners(graph.jobName));
  const unknown = owners.filter(({ source }) => !known.has(source));
  if (unknown.length === 0) return;
  const sources = [...new Set(unknown.map(({ source }) => `the source ${source}`))];
  throw new UnclaimedStateError(unknown.map(({ split }) => split).join(', '), sources);
}
