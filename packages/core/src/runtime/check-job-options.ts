import type { JobOptions } from './job-options.js';

/** @throws RangeError that names the option */
export function checkJobOptions(options: JobOptions): void {
  const { checkpoint = {} } = options;
  atLeast('maxInFlightPerTask', options.maxInFlightPerTask, 1);
  atLeast('maxInFlight', options.maxInFlight, 1);
  atLeast('maxInFlightBytes', options.maxInFlightBytes, 1);
  atLeast('stopTimeoutMs', options.stopTimeoutMs, 0);
  atLeast('autoWatermarkIntervalMs', options.autoWatermarkIntervalMs, 0);
  atLeast('checkpoint.intervalMs', checkpoint.intervalMs, 1);
  atLeast('checkpoint.timeoutMs', checkpoint.timeoutMs, 1);
  atLeast('checkpoint.minPauseMs', checkpoint.minPauseMs, 0);
  atLeast('checkpoint.tolerableFailures', checkpoint.tolerableFailures, 0);
  atLeast('checkpoint.maxChangedEntries', checkpoint.maxChangedEntries, 1);
  atLeast('maxCachedStateEntries', options.maxCachedStateEntries, 1);
}

function atLeast(name: string, value: number | undefined, least: number): void {
  if (value === undefined || value >= least) return;
  throw new RangeError(`${name} is at least ${String(least)}, not ${String(value)}`);
}
