import { type Clock, SetupError, sleep } from '@millrace/core';
import { isOutage, withCauses } from '../error-kind.js';
import { isMetadataMissing } from './transient.js';

/** A broker that answers and does not know yet what it is asked: no busy loop. */
const PAUSE_MS = 200;

/**
 * Does `work`; where no broker answered it, waits for one with `reachable` and does it again, until `timeoutMs` are over.
 * For what may be done twice.
 *
 * @param reachable waits so many milliseconds at most, and throws when no broker answered
 */
export async function throughOutages<T>(
  clock: Clock,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  work: () => Promise<T>,
  reachable: (leftMs: number) => Promise<void>,
): Promise<T> {
  const deadline = clock.monotonic() + timeoutMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const leftMs = deadline - clock.monotonic();
      if (error instanceof SetupError || !isUnanswered(error) || leftMs <= 0) throw error;
      await reachable(leftMs);
      await sleep(clock, PAUSE_MS, signal);
    }
  }
}

function isUnanswered(error: unknown): boolean {
  if (isOutage(error) || isMetadataMissing(error)) return true;
  for (const { name } of withCauses(error)) if (name === 'KafkaJSRequestTimeoutError') return true;
  return false;
}
