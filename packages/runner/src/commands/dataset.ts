import type { CommandName } from '../cli/invocation.js';
import { UsageError } from '../errors.js';
import type { ExitCode } from '../exit-code.js';
import type { CommandReport } from '../job-definition.js';
import { renderCounts } from '../report/summary.js';
import { interruptible } from './interruptible.js';
import { logNotices, requireBackend, type Session } from './session.js';

/** `load`: a data set into what the job is configured for. @throws DatasetError, SetupError, ServiceUnavailableError */
export function loadCommand(session: Session): Promise<ExitCode> {
  const { dataset } = session.job.definition;
  if (dataset === undefined) throw unsupported(session, 'load');
  requireBackend(session);
  logNotices(session);
  return interruptible(session, 'load', async (signal, progress) => {
    const { dataset: folder = '', partitions } = session.options;
    print(session, await dataset.load(session.context, { dataset: folder, partitions, signal, progress }));
  });
}

/** `dump`: tables and output topics as files. */
export function dumpCommand(session: Session): Promise<ExitCode> {
  const { dataset } = session.job.definition;
  if (dataset === undefined) throw unsupported(session, 'dump');
  requireBackend(session);
  logNotices(session);
  return interruptible(session, 'dump', async (signal, progress) => {
    print(session, await dataset.dump(session.context, { out: session.options.out ?? '', signal, progress }));
  });
}

/** `sample`: a data set as real ones look. */
export function sampleCommand(session: Session): Promise<ExitCode> {
  const { definition } = session.job;
  const { out = '', users, courses, seed } = session.options;
  return interruptible(session, 'sample', async (_signal, progress) => {
    if (definition.sample === undefined) throw unsupported(session, 'sample');
    await definition.sample({ out, users, courses, seed, progress });
  });
}

function unsupported({ job }: Session, command: CommandName): UsageError {
  return new UsageError(`${job.argument} has no ${command}: its definition does not say how`);
}

/** Prints what the command did: notes on standard error, counts on standard output. */
function print({ io, terminal, options }: Session, report: CommandReport): void {
  terminal.clear();
  for (const note of report.notes ?? []) io.stderr.write(`${note}\n`);
  io.stdout.write(renderCounts(report.counts, options.summary ?? 'table'));
}
