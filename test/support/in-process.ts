import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InMemoryMetrics, JobRunner, silentLogger, systemClock } from '@millrace/core';
import { reconciliationJob } from '@millrace/reconciliation';
import type { ReconciliationVariables } from '@millrace/reconciliation';
import type { CommandContext, JobContext, OptionValue } from '@millrace/runner';
import { loadConfig, runnerVariables } from '@millrace/runner';
import { readDump } from './dumps.js';
import type { Dump } from './dumps.js';

/** Where the job works, for calls inside the test's own process: many of them would take minutes as commands. */
export interface Place {
  /** Folder of the embedded store; undefined: services. */
  readonly embedded: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

const never = new AbortController().signal;
const progress = (): void => {};

async function contextOf({ embedded, settings }: Place): Promise<JobContext<ReconciliationVariables>> {
  const flags = Object.entries(settings).map(([key, value]) => ({ key, value, written: key }));
  const variables = { ...runnerVariables, ...reconciliationJob.variables };
  const config = await loadConfig(variables, { flags, file: undefined, cwd: '/', environment: {} });
  return { config, embedded, clock: systemClock, logger: silentLogger, metrics: new InMemoryMetrics() };
}

/** `load` */
export async function loadInProcess(place: Place, dataset: string): Promise<void> {
  const options = { dataset, partitions: undefined, signal: never, progress };
  await reconciliationJob.dataset?.load(await contextOf(place), options);
}

/** `dump`, read back. */
export async function dumpInProcess(place: Place, folder: string): Promise<Dump> {
  mkdirSync(folder, { recursive: true });
  const out = join(folder, 'out');
  await reconciliationJob.dataset?.dump(await contextOf(place), { out, signal: never, progress });
  return readDump(out);
}

/** `run --until-drained` */
export async function runInProcess(place: Place): Promise<void> {
  const context = await contextOf(place);
  const job = await reconciliationJob.create(context);
  await job.connect(never);
  try {
    await new JobRunner(job.graph, job.options, context).run({ untilDrained: true });
  } finally {
    await job.close();
  }
}

/** A command of the job; what it printed on standard output. */
export async function commandInProcess(
  place: Place,
  name: string,
  options: Readonly<Record<string, OptionValue>>,
  format: 'table' | 'json' = 'json',
): Promise<string> {
  const command = reconciliationJob.commands?.find((each) => each.name === name);
  if (command === undefined) throw new Error(`the job has no command ${name}`);
  let printed = '';
  const context: CommandContext<ReconciliationVariables> = {
    ...(await contextOf(place)),
    format,
    out: { write: (text) => (printed += text) },
    note: () => {},
    ...{ signal: never, progress, cwd: process.cwd() },
  };
  const defaults = Object.entries(command.options ?? {}).map(([option, { default: value }]) => [option, value]);
  await command.run(context, { ...Object.fromEntries(defaults), ...options } as Record<string, OptionValue>);
  return printed;
}
