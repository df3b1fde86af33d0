import type { JobStatus } from '@millrace/core';

/** Where the command stands, as far as the runtime's own status does not say it. */
export type Phase = 'starting' | 'running' | 'stopping';

/** What a process knows of itself. */
export interface HealthReport {
  readonly phase: Phase;
  /** Undefined before the job was started. */
  readonly job: JobStatus | undefined;
}

/** An answer of the health endpoints. */
export interface HealthAnswer {
  readonly ok: boolean;
  /** Why it is not. */
  readonly reasons: readonly string[];
}

/** The same with whatever an operator wants to see besides. */
export interface HealthBody extends HealthAnswer {
  readonly [detail: string]: unknown;
}

/**
 * Whether a restart of the process would help: the event loop answers (or this is never asked) and the source makes
 * progress. An unreachable service is waited for in place and does not count.
 */
export function liveness({ job }: HealthReport): HealthAnswer {
  const reasons: string[] = [];
  if (job?.stalled !== undefined) reasons.push(`no progress: ${job.stalled}`);
  if (job?.state === 'FAILED') reasons.push(`the job failed: ${job.lastError ?? 'unknown error'}`);
  return { ok: reasons.length === 0, reasons };
}

/** Whether records are worked on right now. */
export function readiness(report: HealthReport): HealthAnswer {
  const { phase, job } = report;
  const reasons = [...liveness(report).reasons];
  if (phase === 'starting') reasons.push('starting: connecting to the services');
  if (phase === 'stopping') reasons.push('stopping');
  if (phase === 'running' && job !== undefined && job.state !== 'RUNNING') {
    reasons.push(`the job is ${job.state}${job.lastError === undefined ? '' : `: ${job.lastError}`}`);
  }
  for (const { operator, since, error } of job?.waiting ?? []) {
    reasons.push(`${operator} tries again since ${new Date(since).toISOString()}: ${error}`);
  }
  return { ok: reasons.length === 0, reasons };
}
