/**
 * Time as the runtime sees it. Everything in Millrace that waits or stamps takes its time from a `Clock`, so that tests
 * run on a virtual one (`ManualClock` in `@millrace/core/testing`) and never sleep.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01 UTC. May jump when the host's clock is set. */
  now(): number;
  /** Time in milliseconds that never goes back, from an arbitrary origin. Durations are measured with it. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs` milliseconds; returns a function that cancels it. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** setTimeout fires at once for delays over 2^31-1 ms; longer ones are capped there (24.8 days). */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The process's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, callback) {
    const handle = setTimeout(callback, Math.min(Math.max(0, delayMs), MAX_TIMER_MS));
    return () => clearTimeout(handle);
  },
};

/**
 * Resolves after `delayMs` milliseconds of `clock`, or rejects with the signal's reason as soon as `signal` aborts.
 *
 * @throws the abort reason of `signal`
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
