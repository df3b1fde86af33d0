import { afterAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { millraceOk, resultOf } from '../support/cli.js';
import { temporaryFolder } from '../support/world.js';

const folder = temporaryFolder();
const store = join(folder, 'store');
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Processes whose command line names the store: what a stop must not leave behind. */
function processesOnStore(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(store);
      } catch {
        return false; // ended meanwhile
      }
    });
}

test('SIGTERM to npm reaches the job, which drains; exit code 0 comes back and no process is left', async () => {
  const dataset = join(folder, 'dataset');
  await millraceOk(['sample', 'reconciliation', '--out', dataset, '--users', '300', '--courses', '5', '--seed', '2']);
  await millraceOk(['load', 'reconciliation', '--dataset', dataset, '--embedded', store]);
  const child = spawn('npm', ['run', '-s', 'millrace', '--', 'run', 'reconciliation', '--embedded', store], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = resultOf(child, 'npm run millrace', 60_000);
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk: string) => {
      if (chunk.includes('RUNNING')) resolve();
    });
  });
  await sleep(300);
  expect(processesOnStore().length).toBeGreaterThan(0);
  child.kill('SIGTERM');
  const result = await ended;
  expect([result.code, result.signal]).toEqual([0, null]);
  await sleep(200);
  expect(processesOnStore()).toEqual([]);
}, 90_000);
