import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { processStartTime } from './process-table.js';

const program = fileURLToPath(new URL('../bin/reaper.mjs', import.meta.url));

let input: Writable | undefined;

/**
 * Has the server in `dir` killed and the folder removed as soon as the calling process is gone, however that ends.
 * Called again for every start, and with no pid when the server is down and only its data are left.
 */
export function watchOver(dir: string, pid: number | undefined): void {
  tell({ dir, pid: pid ?? null, started: pid === undefined ? null : (processStartTime(pid) ?? null) });
}

/** Server and folder were removed by their owner: nothing is left to do for them. */
export function forget(dir: string): void {
  if (input) tell({ dir, gone: true });
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
