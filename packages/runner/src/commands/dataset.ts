import type { CommandName } from '../cli/invocation.js';
import { StoppedError, UsageError } from '../errors.js';
import { ExitCode } from '../exit-code.js';
import type { CommandReport, Progress } from '../job-definition.js';
import { stepLine } from '../report/progress-line.js';
import { renderCounts } from '../report/summary.js';
import { logNotices, requireBackend, type Session } from './session.js';
import { abortion, listenForStop } from './stopping.js';

/** `load`: a data set into what the job is configured for. @throws DatasetError, SetupError, ServiceUnavailableError */
export function loadCommand(session: Session): Promise<ExitCode> {
  const { dataset } = session.job.definition;
  if (dataset === undefined) throw unsupported(session, 'load');
  requireBackend(session);
  logNotices(session);
  return interruptible(session, 'load', (signal, progress) =>
    dataset.load(session.context, {
      dataset: session.options.dataset ?? '',
      partitions: session.options.partitions,
      ...{ signal, progress },
    }),
  );
}

/** `dump`: tables and output topics as files. */
export function dumpCommand(session: Session): Promise<ExitCode> {
  const { dataset } = session.job.definition;
  if (dataset === undefined) throw unsupported(session, 'dump');
  requireBackend(session);
  logNotices(session);
  return interruptible(session, 'dump', (signal, progress) =>
    dataset.dump(session.context, { out: session.options.out ?? '', signal, progress }),
  );
}

/** `sample`: a data set as real ones look. */
export function sampleCommand(session: Session): Promise<ExitCode> {
  const { definition } = session.job;
  const { out = '', users, courses, seed } = session.options;
  return interruptible(session, 'sample', async (_signal, progress) => {
    if (definition.sample === undefined) throw unsupported(session, 'sample');
    await definition.sample({ out, users, courses, seed, progress });
    return undefined;
  });
}

function unsupported({ job }: Session, command: CommandName): UsageError {
  return new UsageError(`${job.argument} has no ${command}: its definition does not say how`);
}

/** Time between two updates of the progress line. */
const PROGRESS_MS = 200;

/** Runs a command that a first signal asks to end and a second one leaves behind. */
async function interruptible(
  { io, terminal, logger, options }: Session,
  command: CommandName,
  work: (signal: AbortSignal, progress: Progress) => Promise<CommandReport | undefined>,
): Promise<ExitCode> {
  const stopping = listenForStop(io, (reason) => logger.info({ reason }, 'stopping'));
  let shown = 0;
  const progress: Progress = (done, total, what) => {
    if (Date.now() - shown < PROGRESS_MS) return;
    shown = Date.now();
    terminal.progress(stepLine(done, total, what));
  };
  try {
    const report = await Promise.race([work(stopping.signal, progress), abortion(stopping.now)]);
    terminal.clear();
    for (const note of report?.notes ?? []) io.stderr.write(`${note}\n`);
    if (report !== undefined) io.stdout.write(renderCounts(report.counts, options.summary ?? 'table'));
    return ExitCode.Done;
  } catch (error) {
    if (stopping.signal.aborted) throw new StoppedError(`${command} was stopped before it was through`);
    throw error;
  } finally {
    terminal.clear();
    stopping.release();
  }
}
