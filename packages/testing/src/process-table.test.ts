import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, isStopped } from './process-table.js';

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux(
  'a process is stopped when all of its threads are, and not before it was told (read from /proc: Linux alone)',
  async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 5)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    try {
      expect(isStopped(pid)).toBe(false);
      child.kill('SIGSTOP');
      while (!isStopped(pid)) await sleep(1);
      expect(isRunning(pid)).toBe(true);
      child.kill('SIGCONT');
      while (isStopped(pid)) await sleep(1);
    } finally {
      child.kill('SIGKILL');
    }
  },
);
