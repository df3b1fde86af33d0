import type { JobProcess } from './job-process.js';

export interface ProcessChecks {
  /** Log lines of level error or fatal, or with an exception in them, that this row's fault explains. */
  readonly allow?: readonly RegExp[];
  /** Exit codes of processes that were stopped. @default [0] */
  readonly codes?: readonly number[];
  /** Largest resident size of a process. @default 300 */
  readonly maxMemoryMiB?: number;
  readonly drainTimeoutMs?: number;
}

/** What no log of ours may show, whatever the fault: a bug, not a service that is away. */
const BUGS =
  /TypeError|ReferenceError|RangeError|SyntaxError|AssertionError|[Uu]nhandled|ERR_INTERNAL|Warning:|heap out of memory/;
const MAX_MEMORY_MIB = 300;

/** How the processes ended, what they logged, how large they became. */
export function checkProcesses(
  processes: readonly JobProcess[],
  { allow = [], codes = [0], maxMemoryMiB = MAX_MEMORY_MIB }: ProcessChecks,
): { problems: readonly string[]; memoryMiB: number } {
  const problems = processes.flatMap((process, n) => {
    const name = `process ${String(n)}`;
    return [
      ...endProblem(process, codes).map((problem) => `${name} ${problem}`),
      ...unexpectedLines(process.stderr, allow).map((line) => `${name} logged: ${line}`),
      ...(process.peakMiB > maxMemoryMiB ? [`${name} became ${String(process.peakMiB)} MiB large`] : []),
    ];
  });
  return { problems, memoryMiB: Math.max(0, ...processes.map((process) => process.peakMiB)) };
}

function endProblem({ end, expectedEnd }: JobProcess, codes: readonly number[]): readonly string[] {
  if (end === undefined || expectedEnd === 'any') return [];
  if (expectedEnd === 'killed')
    return end.signal === 'SIGKILL' ? [] : [`was to be killed and ended with ${String(end.code)}`];
  return codes.includes(end.code ?? -1) ? [] : [`ended with ${String(end.code ?? end.signal)}`];
}

/** Lines that nobody would expect in the log of a job that does its work. */
export function unexpectedLines(log: string, allow: readonly RegExp[]): readonly string[] {
  return log.split('\n').filter((line) => {
    if (line === '' || allow.some((pattern) => pattern.test(line))) return false;
    if (BUGS.test(line)) return true;
    try {
      const { level } = JSON.parse(line) as { level?: string };
      return level === 'error' || level === 'fatal';
    } catch {
      // A process that was killed may leave half a line.
      return !line.startsWith('{');
    }
  });
}
