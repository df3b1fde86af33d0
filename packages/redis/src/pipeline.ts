import type { ChainableCommander, Redis } from 'ioredis';

import type { CommandGroup, Reply } from './commands.js';

/** What ioredis gives for each command of a pipeline: an error or a result. */
type Outcome = readonly [error: Error | null, result?: unknown];

/** Writes all groups into one pipeline, sends it and sorts the answers back to their groups. */
export async function execPipeline(client: Redis, groups: readonly CommandGroup[]): Promise<(readonly Reply[])[]> {
  const pipeline: ChainableCommander = client.pipeline();
  for (const { atomic, commands } of groups) {
    if (atomic) pipeline.call('multi');
    for (const [name, ...args] of commands) pipeline.call(name, ...args);
    // In lower case: the client turns the answers inside EXEC's into text by this name.
    if (atomic) pipeline.call('exec');
  }
  const outcomes: readonly Outcome[] = (await pipeline.exec()) ?? [];
  const fatal = outcomes.find(([error]) => error !== null && !isReplyError(error));
  if (fatal?.[0]) throw fatal[0];
  let position = 0;
  return groups.map(({ atomic, commands }) => {
    const own = outcomes.slice(position, (position += commands.length + (atomic ? 2 : 0)));
    return atomic ? transactionReplies(own, commands.length) : own.map(([error, result]) => error ?? result);
  });
}

/** Outcomes of MULTI, each command (QUEUED or refused) and EXEC (the answers, or EXECABORT when one was refused). */
function transactionReplies(outcomes: readonly Outcome[], count: number): Reply[] {
  const [execError, results] = outcomes[count + 1] ?? [new Error('EXEC was not answered')];
  if (execError === null && Array.isArray(results)) return results as Reply[];
  const multiError = outcomes[0]?.[0];
  const aborted = multiError ?? execError ?? new Error('EXEC answered nothing');
  // The refused command knows the reason (NOPERM, OOM); EXECABORT says only that there was one.
  return Array.from({ length: count }, (_, index) => outcomes[index + 1]?.[0] ?? refusal(outcomes) ?? aborted);
}

function refusal(outcomes: readonly Outcome[]): Error | undefined {
  return outcomes.slice(1, -1).find(([error]) => error !== null)?.[0] ?? undefined;
}

/** Errors that Redis itself answered carry this name; everything else means that an answer is missing. */
export function isReplyError(error: Error): boolean {
  return error.name === 'ReplyError';
}
