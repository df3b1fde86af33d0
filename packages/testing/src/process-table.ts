import { readFileSync } from 'node:fs';

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

// The fields of /proc/PID/stat from the third on: the second, the command in parentheses, may contain anything.
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
