import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf } from '../support/process-status.mjs';

const SAMPLE_MS = 50;

/** Runs a script in a process of its own and watches its memory from here; its last line of output is JSON. */
export async function measured(script, args) {
  const child = spawn(process.execPath, [script, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const startedAt = Date.now();
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const ended = new Promise((resolve) => child.once('close', resolve));
  const peak = { anonymousMegabytes: 0, fileMegabytes: 0, peakMegabytes: 0 };
  let isRunning = true;
  void ended.then(() => (isRunning = false));
  while (isRunning) {
    const now = memoryOf(child.pid);
    for (const name of Object.keys(peak)) peak[name] = Math.max(peak[name], now?.[name] ?? 0);
    await Promise.race([ended, sleep(SAMPLE_MS)]);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`${script} ended with exit code ${code}`);
  return { startedAt, peak, ...JSON.parse(output.trim().split('\n').at(-1)) };
}
