import { cpus, loadavg } from 'node:os';
import { cpuSecondsOf, memoryOf } from './process-status.mjs';

/** What a figure was measured on; the load says how far it is to be trusted. */
export function machine() {
  return { node: process.version, cores: cpus().length, load: loadavg()[0], at: new Date().toISOString() };
}

/** User and system seconds of a process until now, and its memory. */
export function processFigures(pid) {
  return { cpuSeconds: cpuSecondsOf(pid), ...memoryOf(pid) };
}
