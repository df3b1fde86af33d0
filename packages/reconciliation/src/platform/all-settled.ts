import { SetupError } from '@millrace/core';
import { SeveralProblemsError } from './errors.js';

/**
 * Runs what can go on at the same time; when one fails the others are told to give up, and all have ended before this
 * rejects. Where several find something missing, the error names all of it.
 *
 * @throws SetupErrors first (together), else the first error
 */
export async function allSettled(
  signal: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const giveUp = new AbortController();
  const both = AbortSignal.any([signal, giveUp.signal]);
  const failures: unknown[] = [];
  await Promise.all(
    works.map(async (work) => {
      try {
        await work(both);
      } catch (error) {
        failures.push(error);
        giveUp.abort(error);
      }
    }),
  );
  if (failures.length === 0) return;
  const problems = failures.filter((error): error is SetupError => error instanceof SetupError);
  if (problems.length > 1) throw new SeveralProblemsError([...new Set(problems)]);
  throw problems[0] ?? failures[0];
}
