import { cpus, loadavg } from 'node:os';
import { readFileSync } from 'node:fs';

/** What a figure was measured on; the load says how far it is to be trusted. */
export function machine() {
  return { node: process.version, cores: cpus().length, load: loadavg()[0], at: new Date().toISOString() };
}

/** User and system seconds of a process until now, and its resident and peak memory. */
export function processFigures(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1_024;
  return {
    // In clock ticks of a hundredth of a second.
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    residentMegabytes: megabytes('VmRSS'),
    peakMegabytes: megabytes('VmHWM'),
  };
}
