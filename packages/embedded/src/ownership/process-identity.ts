import { readFileSync } from 'node:fs';

/** What tells one life of a process from another that got the same pid later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to the process's start; undefined where the system does not tell. */
  readonly startTicks: string | undefined;
  /** Changes with every start of the machine; undefined where the system does not tell. */
  readonly bootId: string | undefined;
}

export function currentProcess(): ProcessIdentity {
  return { pid: process.pid, startTicks: startTicksOf(process.pid), bootId: currentBootId() };
}

/** Identity of the machine's current start (Linux); undefined elsewhere. */
export function currentBootId(): string | undefined {
  return readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim();
}

/** Whether the process still lives, as far as its number and its start time tell. */
export function isRunning(identity: ProcessIdentity): boolean {
  if (identity.startTicks !== undefined) return startTicksOf(identity.pid) === identity.startTicks;
  try {
    process.kill(identity.pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold blanks and brackets, so counting starts behind it. */
function startTicksOf(pid: number): string | undefined {
  const stat = readOrUndefined(`/proc/${String(pid)}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
