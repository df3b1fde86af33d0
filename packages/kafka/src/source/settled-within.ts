import { type Clock, sleep } from '@millrace/core';

/** Resolves when `work` has, after `timeoutMs` at the latest; the timer does not outlive it. `work` must not reject. */
export async function settledWithin(clock: Clock, timeoutMs: number, work: Promise<void> | undefined): Promise<void> {
  const patience = new AbortController();
  const limit = sleep(clock, timeoutMs, patience.signal).catch(() => undefined);
  await Promise.race([work, limit]);
  patience.abort(new Error('settled'));
}
