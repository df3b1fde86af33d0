import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { processStartTime } from './process-table.js';

const program = fileURLToPath(new URL('../bin/reaper.mjs', import.meta.url));

let input: Writable | undefined;

/** Has this server killed and `dir` removed as soon as the calling process is gone, however that ends. */
export function watchOver(pid: number, dir: string): void {
  tell({ add: { pid, started: processStartTime(pid) ?? null, dir } });
}

/** The server was ended by its owner: nothing is left to do for it. */
export function forget(pid: number): void {
  if (input) tell({ drop: pid });
}

function tell(message: unknown): void {
  input ??= startReaper();
  input.write(`${JSON.stringify(message)}\n`);
}

function startReaper(): Writable {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.unref();
  // An unreferenced pipe: waiting for nothing here must not keep the owner alive.
  (child.stdin as Writable & { unref?(): void }).unref?.();
  child.on('exit', () => (input = undefined));
  child.on('error', () => (input = undefined));
  child.stdin.on('error', () => (input = undefined));
  return child.stdin;
}
