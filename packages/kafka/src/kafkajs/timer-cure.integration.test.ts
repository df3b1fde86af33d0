import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { describeWithServices } from '@millrace/testing';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../../test/count-wake-ups.mjs', import.meta.url));

/** Timers that fired in two seconds of an idle, connected kafkajs client in a process of its own. */
async function wakeUps(broker: string, cured: 'cured' | 'as-published'): Promise<number> {
  const { stdout } = await run(process.execPath, [script, broker, cured]);
  return Number(stdout);
}

describeWithServices(['kafka'], 'an idle connection', ({ kafka }) => {
  test('wakes the process some times a second for its time limits, and no more', async () => {
    // kafkajs looks for requests that have timed out ten times a second on each connection.
    expect(await wakeUps(kafka.addresses[0]!, 'cured')).toBeLessThan(60);
  }, 30_000);

  test('burns timers in kafkajs as published: the count would show it', async () => {
    expect(await wakeUps(kafka.addresses[0]!, 'as-published')).toBeGreaterThan(500);
  }, 30_000);
});
