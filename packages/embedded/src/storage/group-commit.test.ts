import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Environment } from './environment.js';
import { GroupCommit } from './group-commit.js';

/** Runs operations of so many entries; what each transaction applied. */
async function transactionsOf(entries: readonly (number | undefined)[]): Promise<number[][]> {
  const transactions: number[][] = [];
  const environment = {
    transaction: (action: () => void) => {
      transactions.push([]);
      action();
    },
  } as unknown as Environment;
  const commits = new GroupCommit(environment, '/nowhere');
  const results = entries.map((count, index) =>
    commits.run(() => {
      transactions.at(-1)!.push(index);
      return index;
    }, count),
  );
  await setImmediate();
  expect(await Promise.all(results)).toEqual(entries.map((_, index) => index));
  return transactions;
}

describe('the transactions of an embedded store', () => {
  test('small operations of one turn share a transaction', async () => {
    expect(await transactionsOf([undefined, undefined, 3])).toEqual([[0, 1, 2]]);
  });

  test('large ones, as the checkpoints of several tasks, do not: memory is that of the largest one', async () => {
    expect(await transactionsOf([2_000, 2_000, 2_000, 50_000, 1, 4_096, 1])).toEqual([[0, 1, 2], [3], [4, 5], [6]]);
  });
});
