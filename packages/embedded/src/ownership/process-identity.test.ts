import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { currentProcess, isRunning } from './process-identity.js';

describe('the identity of a process', () => {
  test('this process runs, also where its start time is not known', () => {
    expect(isRunning(currentProcess())).toBe(true);
    expect(isRunning({ ...currentProcess(), startTicks: undefined })).toBe(true);
  });

  test('a process that ended does not run', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    expect(isRunning({ pid, startTicks: undefined, bootId: undefined })).toBe(false);
    expect(isRunning({ pid, startTicks: '1', bootId: undefined })).toBe(false);
  });

  (process.platform === 'linux' ? test : test.skip)(
    'another process that got the number of an earlier one is not that one (start times come from /proc: Linux alone)',
    () => {
      const self = currentProcess();
      expect(Number(self.startTicks)).toBeGreaterThan(0);
      expect(isRunning({ ...self, startTicks: String(Number(self.startTicks) - 1) })).toBe(false);
      expect(self.bootId).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});
