import { describe, expect, test } from '@jest/globals';
import { ServiceUnavailableError, SetupError } from '@millrace/core';
import { allSettled } from './all-settled.js';

const never = new AbortController().signal;
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('allSettled', () => {
  test('waits for all', async () => {
    const done: number[] = [];
    await allSettled(
      never,
      [1, 2, 3].map((n) => () => {
        done.push(n);
        return Promise.resolve();
      }),
    );
    expect(done).toEqual([1, 2, 3]);
  });

  test('the first failure makes the others give up, and is the one that is told', async () => {
    const unavailable = new ServiceUnavailableError('kafka', 'nowhere:1', 1_000);
    let gaveUp = false;
    const others = (signal: AbortSignal): Promise<void> =>
      aborted(signal).catch((error: unknown) => {
        gaveUp = true;
        throw error;
      });
    await expect(allSettled(never, [others, () => Promise.reject(unavailable)])).rejects.toBe(unavailable);
    expect(gaveUp).toBe(true);
  });

  test('what is missing goes before what cannot be reached', async () => {
    const missing = new SetupError('ERR_X', 'topic a missing');
    const slow = (signal: AbortSignal): Promise<void> => aborted(signal).catch(() => Promise.reject(missing));
    await expect(allSettled(never, [slow, () => Promise.reject(new Error('down'))])).rejects.toBe(missing);
  });

  test('several things that are missing are one line', async () => {
    const works = ['topic a missing', 'table b missing'].map(
      (message) => () => Promise.reject(new SetupError('ERR_X', message)),
    );
    await expect(allSettled(never, works)).rejects.toThrow('topic a missing; table b missing');
  });

  test('ends when the caller stops', async () => {
    const stop = new AbortController();
    const waiting = allSettled(stop.signal, [aborted]);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });
});
