import { setTimeout as sleep } from 'node:timers/promises';
import { Finding } from './finding.js';

const POLL_MS = 100;

/**
 * Polls until it is so; errors of the condition count as not yet.
 *
 * @param state what there is to say where it does not come to that
 * @throws Finding
 */
export async function until(
  what: string,
  limitMs: number,
  condition: () => Promise<boolean> | boolean,
  state: () => Promise<string> | string,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      if (await condition()) return;
    } catch {
      // Not yet.
    }
    if (performance.now() > deadline)
      throw new Finding(`not so within ${String(limitMs)} ms: ${what}\n${await state()}`);
    await sleep(POLL_MS);
  }
}
