import { readdirSync, readFileSync } from 'node:fs';

/**
 * When the process with this id was started, in the kernel's ticks since boot, as text. Together with the pid it names
 * one process for good, pids alone are used again. Undefined where there is no such process, or no /proc.
 */
export function processStartTime(pid: number): string | undefined {
  return statFields(pid)?.[19];
}

/** Whether the process exists and still runs; one that was killed and only waits for its parent does not count. */
export function isRunning(pid: number): boolean {
  const fields = statFields(pid);
  if (fields) return fields[0] !== 'Z' && fields[0] !== 'X';
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // It exists, and only a system without /proc gets here: take it for running.
  return process.platform !== 'linux';
}

/**
 * Whether a process that was told to stop (SIGSTOP) has: each of its threads, as the others may still answer somebody
 * while the first one stands. True where there is no /proc.
 */
export function isStopped(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => statFields(`${pid}/task/${thread}`)?.[0] === 'T');
  } catch {
    return process.platform !== 'linux';
  }
}

// The fields of /proc/PID/stat from the third on: the second, the command in parentheses, may contain anything.
function statFields(pid: number | string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
