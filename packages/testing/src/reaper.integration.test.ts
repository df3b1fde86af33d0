// services: none
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { notRunPrefix } from './jest/describe-with-services.js';
import { processObstacle } from './local/start-process.js';
import { isRunning } from './process-table.js';

const obstacle = processObstacle('redis');
const entry = new URL('../dist/index.js', import.meta.url).href;

// The built package, as jest's global setup left it: the owner must be a process that can be killed.
const owner = (before: string): string => `
  import { startService } from ${JSON.stringify(entry)};
  const service = await startService('redis', { sources: ['process'] });
  const { pid, dir } = service;
  ${before}
  console.log(JSON.stringify({ pid, dir }));
  setInterval(() => {}, 1000);
`;

describe('a server whose owner is killed', () => {
  if (obstacle) {
    test.skip(`${notRunPrefix}no redis as a local process: ${obstacle}`, () => undefined);
    return;
  }
  test.each([
    ['dies with it, and its data are removed', ''],
    ['leaves no data either when it was down at that moment', 'await service.kill();'],
  ])(
    '%s',
    async (_title, before) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', owner(before)], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, MILLRACE_SERVICES: 'auto' },
      });
      const line = await new Promise<string>((resolve) =>
        createInterface({ input: child.stdout }).once('line', resolve),
      );
      const { pid, dir } = JSON.parse(line) as { pid: number; dir: string };
      expect(isRunning(pid)).toBe(before === '');
      expect(existsSync(dir)).toBe(true);
      child.kill('SIGKILL');
      const deadline = Date.now() + 20_000;
      while ((isRunning(pid) || existsSync(dir)) && Date.now() < deadline) await delay(50);
      expect(isRunning(pid)).toBe(false);
      expect(existsSync(dir)).toBe(false);
    },
    60_000,
  );
});
