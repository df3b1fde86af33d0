import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Memory of a process in megabytes: all that is resident now and at its peak, and what is its own (without pages of
 * mapped files, which the system takes back when it needs the memory). `self` by default; undefined when it has ended.
 */
export function memoryOf(pid = 'self') {
  let status;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return undefined;
  }
  const megabytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1_024;
  return {
    residentMegabytes: megabytes('VmRSS'),
    peakMegabytes: megabytes('VmHWM'),
    anonymousMegabytes: megabytes('RssAnon') + megabytes('RssShmem'),
    fileMegabytes: megabytes('RssFile'),
  };
}

/** User and system seconds of a process until now; the system counts them in hundredths. */
export function cpuSecondsOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Makes this process's peak what it has now (proc_pid_clear_refs(5)). */
export function forgetPeak() {
  writeFileSync('/proc/self/clear_refs', '5');
}
