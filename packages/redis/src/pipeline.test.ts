import { describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';

import type { CommandGroup } from './commands.js';
import { execPipeline } from './pipeline.js';
import { replyError } from './test-support/fake-redis.js';

/** A client whose pipeline answers with these outcomes and records what was put into it. */
function client(outcomes: readonly (readonly [Error | null, unknown?])[], sent: string[][] = []): Redis {
  const pipeline = {
    call: (...command: string[]) => sent.push(command),
    exec: () => Promise.resolve(outcomes),
  };
  return { pipeline: () => pipeline } as unknown as Redis;
}

const plain: CommandGroup = {
  atomic: false,
  commands: [
    ['SMEMBERS', 'a'],
    ['SMEMBERS', 'b'],
  ],
};
const together: CommandGroup = { ...plain, atomic: true };

test('sorts the answers of mixed groups back to their groups', async () => {
  const sent: string[][] = [];
  const outcomes = [
    [null, ['1']],
    [null, []],
    [null, 'OK'],
    [null, 'QUEUED'],
    [null, 'QUEUED'],
    [null, [['2'], ['3']]],
    [null, ['4']],
    [null, []],
  ] as const;
  expect(await execPipeline(client(outcomes, sent), [plain, together, plain])).toEqual([
    [['1'], []],
    [['2'], ['3']],
    [['4'], []],
  ]);
  expect(sent.map(([name]) => name)).toEqual([
    'SMEMBERS',
    'SMEMBERS',
    'multi',
    'SMEMBERS',
    'SMEMBERS',
    'exec',
    'SMEMBERS',
    'SMEMBERS',
  ]);
});

test('an error reply stands in the place of its answer, also inside a transaction', async () => {
  const wrong = replyError('WRONGTYPE Operation');
  expect(await execPipeline(client([[null, ['1']], [wrong]]), [plain])).toEqual([[['1'], wrong]]);
  expect(
    await execPipeline(
      client([
        [null, 'OK'],
        [null, 'QUEUED'],
        [null, 'QUEUED'],
        [null, [['1'], wrong]],
      ]),
      [together],
    ),
  ).toEqual([[['1'], wrong]]);
});

describe('a transaction that did not happen', () => {
  test('gives the reason of the command that was refused to all of its commands', async () => {
    const denied = replyError('NOPERM no permissions');
    const aborted = replyError('EXECABORT Transaction discarded because of previous errors.');
    expect(await execPipeline(client([[null, 'OK'], [null, 'QUEUED'], [denied], [aborted]]), [together])).toEqual([
      [denied, denied],
    ]);
  });

  test('gives the reason of MULTI, even where the commands ran without it', async () => {
    const denied = replyError('NOPERM no permissions to run multi');
    const without = replyError('ERR EXEC without MULTI');
    expect(await execPipeline(client([[denied], [null, ['1']], [null, []], [without]]), [together])).toEqual([
      [denied, denied],
    ]);
  });
});

test('an answer that never came is no reply: the whole pipeline rejects', async () => {
  const lost = new Error('Connection is closed.');
  await expect(execPipeline(client([[null, ['1']], [lost]]), [plain])).rejects.toBe(lost);
});
