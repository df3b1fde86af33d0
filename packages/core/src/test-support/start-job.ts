import { JobRunner } from '@millrace/core';
import type { JobOptions, JobResult, JobState, StreamGraph } from '@millrace/core';
import { InMemoryMetrics, RestartStrategies } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { quiet } from './fake-source.js';

export interface StartedJob {
  readonly runner: JobRunner;
  readonly clock: ManualClock;
  readonly metrics: InMemoryMetrics;
  readonly states: JobState[];
  /** Never rejects: a failure is its value. */
  readonly ended: Promise<JobResult | { readonly error: unknown }>;
}

/** Runs a graph on virtual time; returns when it does nothing any more without time passing. */
export async function startJob(
  graph: StreamGraph,
  options: JobOptions & { readonly untilDrained?: boolean } = {},
): Promise<StartedJob> {
  const clock = new ManualClock();
  const metrics = new InMemoryMetrics();
  const runner = new JobRunner(
    graph,
    { restartStrategy: RestartStrategies.noRestart(), ...options },
    { clock, metrics },
  );
  const states: JobState[] = [];
  runner.state$.subscribe((state) => states.push(state));
  const ended = runner.run({ untilDrained: options.untilDrained ?? false }).catch((error: unknown) => ({ error }));
  await quiet();
  return { runner, clock, metrics, states, ended };
}
